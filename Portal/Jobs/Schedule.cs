using Coravel;

namespace Portal.Jobs;

/// <summary>How a feature registers its jobs, and what asks each minute which of them are due.</summary>
public static class Schedule
{
    public static IServiceCollection AddJobRunner(this IServiceCollection services) =>
        services.AddScheduler().AddSingleton<JobRunner>();

    public static IServiceCollection AddJob<T>(
        this IServiceCollection services,
        string name,
        string title,
        string what,
        TimeSpan every
    )
        where T : class, IJob =>
        services.AddTransient<T>().AddSingleton(new JobInfo(name, title, what, every, typeof(T)));

    /// <summary>Asks each minute what is due. Under test nobody asks but the test.</summary>
    public static void UseJobSchedule(this WebApplication app)
    {
        if (!app.Environment.IsEnvironment("Testing"))
        {
            app.Services.UseScheduler(scheduler =>
                scheduler
                    .ScheduleAsync(() =>
                        app.Services.GetRequiredService<JobRunner>().StartDueAsync(app.Lifetime.ApplicationStopping)
                    )
                    .EveryMinute()
            );
        }
    }
}
