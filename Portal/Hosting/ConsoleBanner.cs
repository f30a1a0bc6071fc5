namespace Portal.Hosting;

/// <summary>A line that a feature adds to what the terminal says once the portal is up; null for nothing to say.</summary>
public interface IBannerLine
{
    string? Text { get; }
}

/// <summary>What the terminal says once the portal is up: where it is, and how a newcomer gets in.</summary>
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
