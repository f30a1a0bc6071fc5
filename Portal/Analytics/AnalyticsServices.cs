using Portal.Jobs;

namespace Portal.Analytics;

public static class AnalyticsServices
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    public static IServiceCollection AddAnalytics(this IServiceCollection services) =>
        services
            .AddJob<SearchIndexJob>(
                "search-index",
                "Search index",
                "Indexes new messages for search and notes which days’ analytics have to be recalculated.",
                s_minute
            )
            .AddJob<DailyAnalyticsJob>(
                "daily-analytics",
                "Daily analytics",
                "Calculates each widget’s daily analytics, including late feedback, and groups similar questions.",
                s_minute
            );
}
