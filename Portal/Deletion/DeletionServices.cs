using Portal.Jobs;

namespace Portal.Deletion;

public static class DeletionServices
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    public static IServiceCollection AddDeletion(this IServiceCollection services) => services
        .AddJob<ClientDeletionJob>("client-removal", "Deleted clients", "Takes away the rows of clients that were deleted, in short steps, the client last.", s_minute)
        .AddJob<WidgetDeletionJob>("widget-removal", "Deleted widgets", "Takes away the rows of widgets that were deleted, in short steps, the widget last.", s_minute)
        .AddJob<RetentionJob>("retention", "Retention", "Deletes messages that are older than their widget keeps them. Counts stay; questions that one visitor asked go.", TimeSpan.FromHours(6));
}
