using Portal.Jobs;

namespace Portal.Deletion;

public static class DeletionServices
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    public static IServiceCollection AddDeletion(this IServiceCollection services) =>
        services
            .AddJob<ClientDeletionJob>(
                "client-deletion",
                "Deleted clients",
                "Removes data of deleted clients in batches.",
                s_minute
            )
            .AddJob<WidgetDeletionJob>(
                "widget-deletion",
                "Deleted widgets",
                "Removes data of deleted widgets in batches.",
                s_minute
            )
            .AddJob<RetentionJob>(
                "retention",
                "Retention",
                "Deletes messages that are older than their widget’s retention period. Totals are kept; top questions asked by a single visitor are removed.",
                TimeSpan.FromHours(6)
            );
}
