using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Infrastructure;
using Portal.Jobs;

namespace Portal.Demos;

/// <summary>Demo links: their pages, what they allow, and the end of those that are over.</summary>
public static class DemoServices
{
    public static IServiceCollection AddDemos(this IServiceCollection services)
    {
        services.AddSettings<DemoOptions>("Portal:Demos");
        services.AddSingleton<DemoTicket>().AddSingleton<DemoGate>().AddScoped<DemoDesk>().AddScoped<DemoConversion>();
        services.AddJob<DemoCleanUp>("demo-clean-up", "Expired demos", "Deletes demo widgets some days after they expired, with their conversations, numbers and errors.", TimeSpan.FromHours(1));

        // A link names its client, whoever is signed in in that browser.
        services.PostConfigure<RazorPagesOptions>(pages =>
        {
            pages.Conventions.AddFolderApplicationModelConvention("/Demo", page => page.EndpointMetadata.Add(new NamesItsClient()));
            pages.Conventions.AuthorizeFolder("/Demos", AccessPolicies.Client);
        });
        return services;
    }
}
