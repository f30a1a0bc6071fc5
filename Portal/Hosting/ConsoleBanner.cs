namespace Portal.Hosting;

/// <summary>A line that a feature adds to the startup message in the terminal; null for none.</summary>
public interface IBannerLine
{
    string? Text { get; }
}

/// <summary>The startup message in the terminal: the portal's address, and how a newcomer signs in.</summary>
internal static class ConsoleBanner
{
    public static void Print(WebApplication app)
    {
        using var scope = app.Services.CreateScope();
        var portal = scope.ServiceProvider.GetRequiredService<PortalOptions>();
        Console.WriteLine($"\n  {portal.Name} is running at {portal.Origin}");
        foreach (var line in scope.ServiceProvider.GetServices<IBannerLine>())
        {
            if (line.Text is { } text)
            {
                Console.WriteLine($"  {text}");
            }
        }

        Console.WriteLine();
    }
}
