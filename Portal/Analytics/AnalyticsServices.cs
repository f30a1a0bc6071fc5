using Portal.Jobs;

namespace Portal.Analytics;

public static class AnalyticsServices
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    public static IServiceCollection AddAnalytics(this IServiceCollection services) => services
        .AddJob<SearchIndexJob>("message-reader", "Search index", "Makes new messages findable and notes which days’ numbers have to be made again.", s_minute)
        .AddJob<DailyAnalyticsJob>("daily-numbers", "Daily analytics", "Counts each widget’s days, with late feedback, and groups what was asked.", s_minute);
}
