using Coravel;

namespace Portal.Jobs;

/// <summary>Registration of features' jobs, and the service that checks every minute which of them are due.</summary>
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

    /// <summary>Checks every minute which jobs are due. In tests only the test does.</summary>
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
