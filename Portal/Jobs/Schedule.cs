using Coravel;

namespace Portal.Jobs;

/// <summary>Every job, and how often it runs.</summary>
public static class Schedule
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddScheduler()
        .AddSingleton<JobRunner>()
        .AddJob<Resealing>("reseal-secrets", "Secrets", "Seals secrets with the master key in use: those that an older key has sealed, and those written by hand.", TimeSpan.FromHours(1))
        .AddJob<PendingSweeper>("pending-messages", "Unanswered messages", "Marks messages as not answered when the portal that asked n8n has died and their time is over.", s_minute)
        .AddJob<MessageReader>("message-reader", "Search index", "Makes new messages findable and notes which days’ numbers have to be made again.", s_minute)
        .AddJob<ClientRemoval>("client-removal", "Deleted clients", "Takes away the rows of clients that were deleted, in short steps, the client last.", s_minute)
        .AddJob<WidgetRemoval>("widget-removal", "Deleted widgets", "Takes away the rows of widgets that were deleted, in short steps, the widget last.", s_minute)
        .AddJob<Retention>("retention", "Retention", "Deletes messages that are older than their widget keeps them. Counts stay; questions that one visitor asked go.", TimeSpan.FromHours(6))
        .AddJob<DailyNumbers>("daily-numbers", "Daily analytics", "Counts each widget’s days, with late feedback, and groups what was asked.", s_minute);

    public static IServiceCollection AddJob<T>(this IServiceCollection services, string name, string title, string what, TimeSpan every) where T : class, IJob =>
        services.AddTransient<T>().AddSingleton(new JobInfo(name, title, what, every, typeof(T)));

    /// <summary>Asks each minute what is due. Under test nobody asks but the test.</summary>
    public static void UseJobs(this WebApplication app)
    {
        if (!app.Environment.IsEnvironment("Testing"))
        {
            app.Services.UseScheduler(scheduler => scheduler.ScheduleAsync(() => app.Services.GetRequiredService<JobRunner>().StartDueAsync(app.Lifetime.ApplicationStopping)).EveryMinute());
        }
    }
}
