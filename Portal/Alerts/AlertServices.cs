using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Infrastructure;
using Portal.Jobs;
using Portal.Mail;

namespace Portal.Alerts;

/// <summary>Incidents, and the mails that tell of them.</summary>
public static class AlertServices
{
    public static IServiceCollection AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<AlertLinks>();
        services.AddSingleton<IncidentNews>();
        services.AddJob<IncidentJob>("incidents", "Incidents and alerts", "Notices widgets that stopped answering, and tells those who want to know.", TimeSpan.FromMinutes(1));

        // Their links name the client, whoever is signed in in that browser.
        services.PostConfigure<RazorPagesOptions>(pages =>
        {
            pages.Conventions.AddFolderApplicationModelConvention("/Alerts", page => page.EndpointMetadata.Add(new NamesItsClient()));
            pages.Conventions.AuthorizeFolder("/Errors", AccessPolicies.Client);
        });
        return services.AddLetter<IncidentLetter>().AddLetter<AgencyIncidentLetter>().AddLetter<ConfirmLetter>();
    }
}
