using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Hosting;

namespace Portal.Limits;

/// <summary>
/// Limits on what sends email, creates something or costs processor time. docs/security.md has the table of all limits.
/// </summary>
public static class LimitServices
{
    private static readonly string[] s_tokenPages =
    [
        "/Account/SignUp/AcceptInvitation",
        "/Account/Password/Reset",
        "/Account/SignUp/FirstAdmin",
        "/Account/Email/ConfirmChange",
        "/Account/Email/Verify",
        "/Alerts/Confirm",
        "/Alerts/Stop",
        "/PublicDemo/Index",
    ];

    public static IServiceCollection AddLimits(this IServiceCollection services)
    {
        services.AddSettings<ActionLimitOptions>("Portal:ActionLimits");
        services.Configure<MvcOptions>(mvc => mvc.Filters.Add<LimitPageFilter>());
        services.PostConfigure<RazorPagesOptions>(pages =>
        {
            foreach (var page in s_tokenPages)
            {
                pages.Conventions.AddPageApplicationModelConvention(page, model =>
                    model.EndpointMetadata.Add(new TakesToken())
                );
            }

            pages.Conventions.AddPageApplicationModelConvention("/Account/Factors/Index", model =>
                model.Filters.Add(new TypeFilterAttribute(typeof(FactorLimitFilter)))
            );
        });
        return services
            .AddSingleton<RateLimits>()
            .AddSingleton<ActionLimits>()
            .AddSingleton<TokenGuesses>()
            .AddSingleton<PictureQueue>()
            .AddScoped<WidgetAllowance>()
            .AddHttpContextAccessor();
    }
}
