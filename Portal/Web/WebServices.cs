using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace Portal.Web;

/// <summary>What all pages share: antiforgery, icons, and static files that browsers may cache.</summary>
public static class WebServices
{
    private const string ForWeek = "public, max-age=604800";

    public static IServiceCollection AddWeb(this IServiceCollection services)
    {
        services
            .AddRazorPages()
            .AddMvcOptions(pages =>
            {
                pages.Filters.Add<UniqueViolationFilter>();
                pages.Filters.Add<SubmitOnceFilter>();
            });
        services.AddProblemDetails().AddExceptionHandler<DatabaseAwayHandler>().AddSingleton<WidgetFiles>();
        services.AddSingleton<Icons>().AddSingleton<PortalCookies>();
        services
            .AddOptions<CookieTempDataProviderOptions>()
            .Configure<PortalCookies>((news, cookies) => cookies.Apply(news.Cookie, "news"));
        services.Configure<KestrelServerOptions>(kestrel => kestrel.AddServerHeader = false);
        services
            .AddOptions<AntiforgeryOptions>()
            .Configure<PortalCookies>(
                (forms, cookies) =>
                {
                    cookies.Apply(forms.Cookie, "forms");

                    // Our Content Security Policy says more exactly who may frame a page.
                    forms.SuppressXFrameOptionsHeader = true;
                }
            );

        // The attributes are for a script that we do not use.
        services.Configure<MvcViewOptions>(views => views.HtmlHelperOptions.ClientValidationEnabled = false);
        return services;
    }

    /// <summary>Middleware that every request passes before routing.</summary>
    public static void UseWebBeforeRouting(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UsePublicAddress();
        app.UseExceptionHandler("/error");
        app.UseStatusCodePagesWithReExecute("/error", "?code={0}");
        app.UseRequestRules();
        app.UseWidgetFiles();
        app.UsePlainFilesInDevelopment();
    }

    /// <summary>
    /// In Development our files are sent uncompressed: the framework sends files that have changed since the build as
    /// gzip without compressing them. Must run before routing, which chooses between a file and its compressed
    /// variants.
    /// </summary>
    private static IApplicationBuilder UsePlainFilesInDevelopment(this WebApplication app) =>
        !app.Environment.IsDevelopment()
            ? app
            : app.Use(
                (context, next) =>
                {
                    if (
                        context.Request.Path.StartsWithSegments("/lib")
                        || context.Request.Path.StartsWithSegments("/js")
                    )
                    {
                        context.Request.Headers.Remove(HeaderNames.AcceptEncoding);
                    }

                    return next(context);
                }
            );

    extension(IEndpointRouteBuilder routes)
    {
        /// <summary>
        /// Our files, compressed, under names that change with their content, and the pages that link them.
        /// </summary>
        public void MapWeb()
        {
            routes
                .MapStaticAssets()
                .AllowAnonymous()
                .Add(asset =>
                {
                    if (
                        asset is RouteEndpointBuilder { RoutePattern.RawText: { } path, RequestDelegate: { } serve }
                        && path.StartsWith("lib/fonts/", StringComparison.Ordinal)
                    )
                    {
                        asset.RequestDelegate = context => Serve(context, serve);
                    }
                });
            routes.MapRazorPages().WithStaticAssets();
        }
    }

    // The stylesheet refers to fonts by their plain names, under which they would be requested again with every page.
    private static Task Serve(HttpContext context, RequestDelegate serve)
    {
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.CacheControl = ForWeek;
            return Task.CompletedTask;
        });
        return serve(context);
    }
}
