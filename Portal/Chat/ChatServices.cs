using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Portal.Data;
using Portal.Hosting;
using Portal.Jobs;
using Portal.Limits;
using Portal.Mail;
using Portal.Model;

namespace Portal.Chat;

public static class ChatServices
{
    public static IServiceCollection AddChat(this IServiceCollection services)
    {
        services.AddSettings<LimitOptions>("Portal:Limits");
        services.AddConnections();
        services.AddJobs();
        return services
            .AddEmail<BudgetEmail>()
            .AddSingleton<WidgetSecrets>()
            .AddSingleton<WidgetDirectory>()
            .AddSingleton<ConversationEnds>()
            .AddHostedService(provider => provider.GetRequiredService<ConversationEnds>())
            .AddSingleton<ConversationHistoryCache>()
            .AddSingleton<JournalWriter>()
            .AddSingleton<IWriteLoad>(provider => provider.GetRequiredService<JournalWriter>())
            .AddSingleton<Journal>()
            .AddSingleton<WidgetCredentials>()
            .AddSingleton<VisitorLimits>()
            .AddSingleton<TestCallLimiter>()
            .AddSingleton<TestMessages>()
            .AddSingleton(provider =>
                provider.GetRequiredService<IOptions<LimitOptions>>().Value is { Off: false } limits
                    ? new NotFoundRateLimiter(
                        limits.MissesPerMinuteAndAddress,
                        provider.GetRequiredService<TimeProvider>()
                    )
                    : new NotFoundRateLimiter(0, provider.GetRequiredService<TimeProvider>())
            )
            .AddSingleton<Budgets>()
            .AddSingleton(provider =>
            {
                var limits = provider.GetRequiredService<IOptions<LimitOptions>>().Value;
                return new BudgetDefaults(limits.MessagesPerDayAndWidget, limits.MessagesPerMonthAndClient);
            })
            .AddHostedService(provider => provider.GetRequiredService<Budgets>())
            .AddSingleton<TenantScope>()
            .AddSingleton<MessageSignals>()
            .AddSingleton<BotCaller>()
            .AddSingleton<MessageProcessor>()
            .AddHostedService<LeaseKeeper>()
            .AddScoped<SessionService>()
            .AddSingleton<PreviewTickets>()
            .AddSingleton<Previews>();
    }

    private static void AddConnections(this IServiceCollection services)
    {
        services
            .AddOptions<KestrelServerOptions>()
            .Configure<IOptions<LimitOptions>>(
                (kestrel, limits) =>
                {
                    kestrel.Limits.MaxConcurrentConnections = limits.Value.Connections;
                    // Pictures are the largest that anybody sends us; machines have limits of their own.
                    kestrel.Limits.MaxRequestBodySize = 8 * 1024 * 1024;
                }
            );
        // Requests run where they were read, without a hop to another thread: nothing here blocks one.
        services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
    }

    private static void AddJobs(this IServiceCollection services)
    {
        services.AddJob<PendingMessageJob>(
            "pending-messages",
            "Stuck messages",
            "Marks stuck messages as failed after their deadline, when the portal instance that sent them is gone.",
            TimeSpan.FromMinutes(1)
        );
        services.AddJob<BudgetJob>(
            "budgets",
            "Message limits",
            "Emails owners when a widget’s daily or a client’s monthly message limit is nearly reached, and when it is reached.",
            TimeSpan.FromMinutes(5)
        );
    }
}
