using Portal.Sample;

namespace Portal.Infrastructure;

/// <summary>What the terminal says once the portal is up: where it is, and how a newcomer gets in.</summary>
internal static class Greeting
{
    public static void Print(WebApplication app, Uri? setUpLink)
    {
        using var scope = app.Services.CreateScope();
        var portal = scope.ServiceProvider.GetRequiredService<PortalOptions>();
        Console.WriteLine($"\n  {portal.Name} is running at {portal.Origin}");

        if (setUpLink is not null)
        {
            Console.WriteLine($"  There is no admin yet. Become the first one, within a day:\n    {setUpLink}");
        }

        var sample = scope.ServiceProvider.GetRequiredService<SampleOptions>();
        if (sample.SitePort is not null)
        {
            Console.WriteLine($"  A sample shop with the widget:  {sample.SiteUrl}");
        }

        if (app.Environment.IsDevelopment() && scope.ServiceProvider.GetRequiredService<DemoSeed>().SignIn() is var (email, password))
        {
            Console.WriteLine($"  Sign in as the shop's owner:    {email}  {password}");
        }

        Console.WriteLine();
    }
}
