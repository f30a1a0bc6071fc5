namespace Portal.Chat;

public static class ChatServices
{
    public static IServiceCollection AddChat(this IServiceCollection services) => services
        .AddSingleton<WidgetSecrets>()
        .AddSingleton<WidgetDirectory>()
        .AddSingleton<RecentTurns>()
        .AddSingleton<JournalWriter>()
        .AddSingleton<Journal>()
        .AddSingleton<TenantReader>()
        .AddSingleton<MessageSignals>()
        .AddSingleton<Exchange>()
        .AddHostedService<LeaseKeeper>()
        .AddScoped<SessionDesk>();
}
