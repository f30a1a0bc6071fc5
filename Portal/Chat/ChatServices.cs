namespace Portal.Chat;

public static class ChatServices
{
    public static IServiceCollection AddChat(this IServiceCollection services) => services
        .AddSingleton<WidgetSecrets>()
        .AddSingleton<WidgetDirectory>()
        .AddSingleton<Journal>()
        .AddSingleton<TenantReader>()
        .AddSingleton<OutcomeNews>()
        .AddSingleton<Exchange>()
        .AddHostedService<LeaseKeeper>()
        .AddScoped<SessionDesk>();
}
