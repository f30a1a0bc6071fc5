namespace Portal.Api;

/// <summary>What programs call: widgets, workflows that answer later, and an admin's scripts.</summary>
public static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services) => services.AddWidgetApi().AddAdminApi();

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapWidgetApi();
        routes.MapCallbackApi();
        routes.MapAdminApi();
    }
}
