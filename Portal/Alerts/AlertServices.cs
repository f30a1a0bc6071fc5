using Portal.Jobs;
using Portal.Mail;

namespace Portal.Alerts;

/// <summary>Incidents and alert emails.</summary>
public static class AlertServices
{
    public static IServiceCollection AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<AlertLinks>();
        services.AddScoped<IncidentNotifications>();
        services.AddJob<IncidentJob>(
            "incidents",
            "Incidents and alerts",
            "Detects widgets that are down, and emails alert recipients.",
            TimeSpan.FromMinutes(1)
        );
        return services.AddEmail<IncidentEmail>().AddEmail<AgencyIncidentEmail>().AddEmail<AlertConfirmationEmail>();
    }
}
