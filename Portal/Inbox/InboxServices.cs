using Portal.Mail;

namespace Portal.Inbox;

public static class InboxServices
{
    /// <summary>Conversations as work: state, assignee, tags, notes; and wrong answers until they are right.</summary>
    public static IServiceCollection AddInbox(this IServiceCollection services) =>
        services
            .AddScoped<InboxService>()
            .AddScoped<CorrectionService>()
            .AddScoped<CorrectionSettlement>()
            .AddEmail<CorrectionEmail>();
}
