using Portal.Jobs;
using Portal.Mail;

namespace Portal.Alerts;

/// <summary>Incidents, and the mails that tell of them.</summary>
public static class AlertServices
{
    public static IServiceCollection AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<AlertLinks>();
        services.AddSingleton<IncidentNotifications>();
        services.AddJob<IncidentJob>("incidents", "Incidents and alerts", "Notices widgets that stopped answering, and tells those who want to know.", TimeSpan.FromMinutes(1));
        return services.AddEmail<IncidentEmail>().AddEmail<AgencyIncidentEmail>().AddEmail<AlertConfirmationEmail>();
    }
}
