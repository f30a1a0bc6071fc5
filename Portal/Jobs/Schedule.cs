using Coravel;

namespace Portal.Jobs;

/// <summary>Every job, and when it runs.</summary>
public static class Schedule
{
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddScheduler()
        .AddTransient<PendingSweeper>();

    public static void UseJobs(this IServiceProvider services) => services.UseScheduler(jobs =>
    {
        jobs.Schedule<PendingSweeper>().EveryMinute().PreventOverlapping(nameof(PendingSweeper));
    });
}
