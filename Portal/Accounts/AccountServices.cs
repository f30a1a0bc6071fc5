using System.Security.Claims;
using Htmx;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Data;
using Portal.Mail;
using Portal.Model;
using Portal.Secrets;
using Portal.Web;

namespace Portal.Accounts;

/// <summary>
/// Authentication and authorization. Pages require a signed-in person unless they allow anonymous access.
/// </summary>
public static class AccountServices
{
    private const string ByEndpoint = "ByEndpoint";

    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddContextFactory<AccountsDb>(databases => databases.Accounts);
        services.AddContext<KeysDb>(databases => databases.Accounts);
        services.AddDataProtection().SetApplicationName("chat-portal").PersistKeysToDbContext<KeysDb>();
        services
            .AddOptions<KeyManagementOptions>()
            .Configure<SecretProtector>((keys, box) => keys.XmlEncryptor = new MasterKeyXmlEncryptor(box));

        services.AddPeople();
        services.AddSessions();
        services.AddScoped<PasswordLinks>();
        services.AddSingleton<LinkTokens>();
        services.AddFirstAdmin();
        services.AddFactors();
        services
            .AddSignUp()
            .AddScoped<InvitationService>()
            .AddScoped<ClientService>()
            .AddScoped<TeamService>()
            .AddSingleton<Impersonation>();
        services.AddEmail<PasswordResetEmail>().AddEmail<FactorRemovedEmail>().AddEmail<FactorAddedEmail>();
        services.AddSchemes();
        services.AddPolicies();
        return services;
    }

    private static void AddPeople(this IServiceCollection services)
    {
        services.AddSingleton<ILookupNormalizer, EmailAddressNormalizer>();
        services.AddScoped<IPasswordHasher<User>, PortalPasswordHasher>();
        services
            .AddIdentityCore<User>(Identify)
            .AddEntityFrameworkStores<AccountsDb>()
            .AddUserManager<PortalUsers>()
            .AddSignInManager<PortalSignIn>()
            .AddDefaultTokenProviders()
            .AddPasswordValidator<CommonPasswords>()
            .AddErrorDescriber<AccountErrors>()
            .AddClaimsPrincipalFactory<PersonClaimsFactory>();
    }

    private static void AddSchemes(this IServiceCollection services)
    {
        services
            .AddAuthentication(schemes =>
            {
                schemes.DefaultScheme = IdentityConstants.ApplicationScheme;
                schemes.DefaultAuthenticateScheme = ByEndpoint;
            })
            .AddPolicyScheme(ByEndpoint, null, policy => policy.ForwardDefaultSelector = SchemeOf)
            .AddIdentityCookies();
        services
            .AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme)
            .Configure<PortalCookies>(Carry);
        foreach (
            var scheme in new[]
            {
                IdentityConstants.TwoFactorUserIdScheme,
                IdentityConstants.TwoFactorRememberMeScheme,
                IdentityConstants.ExternalScheme,
            }
        )
        {
            // The first cookie holds the pending passkey challenge; the others are never written.
            services
                .AddOptions<CookieAuthenticationOptions>(scheme)
                .Configure<PortalCookies>((cookie, ours) => ours.Apply(cookie.Cookie, scheme.ToLowerInvariant()));
        }
    }

    private static void AddPolicies(this IServiceCollection services) =>
        services
            .AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(AccessPolicies.Admin, policy =>
                policy.RequireRole(nameof(UserRole.Admin)).AddRequirements(new FactorRequirement())
            )
            .AddPolicy(AccessPolicies.Client, policy => policy.RequireClaim(Person.ClientClaim))
            .AddPolicy(AccessPolicies.Owner, policy =>
                policy.RequireClaim(Person.ClientClaim).RequireRole(nameof(UserRole.Owner))
            )
            .AddPolicy(AccessPolicies.OwnerChanges, policy =>
                policy
                    .RequireClaim(Person.ClientClaim)
                    .RequireAssertion(context => context.User.Manages || IsReading(context))
            );

    // Where a policy names its scheme, no other is asked: a visitor's or a program's call costs no look at a session's
    // row.
    private static string SchemeOf(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<AuthorizationPolicy>() is { AuthenticationSchemes: [var scheme] }
            ? scheme
            : IdentityConstants.ApplicationScheme;

    private static bool IsReading(AuthorizationHandlerContext context) =>
        context.Resource is HttpContext { Request.Method: var method }
        && (HttpMethods.IsGet(method) || HttpMethods.IsHead(method));

    /// <summary>
    /// Who calls, which client's data they see, what they may do, and whether that client may still do it.
    /// </summary>
    public static void UseAccounts(this IApplicationBuilder app) =>
        app.UseAuthentication().UseTenancy().UseAuthorization().UseStanding();

    private static void Identify(IdentityOptions identity)
    {
        identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
        identity.User.RequireUniqueEmail = true;

        // User names are email addresses, which may contain nearly any character.
        identity.User.AllowedUserNameCharacters = "";

        // Length makes a password strong; rules about its characters only make it hard to remember (NIST SP 800-63B).
        identity.Password.RequiredLength = Passwords.MinLength;
        identity.Password.RequiredUniqueChars = 4;
        identity.Password.RequireDigit =
            identity.Password.RequireLowercase =
            identity.Password.RequireUppercase =
            identity.Password.RequireNonAlphanumeric =
                false;
    }

    private static void Carry(CookieAuthenticationOptions cookie, PortalCookies cookies)
    {
        cookies.Apply(cookie.Cookie, "");
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.ExpireTimeSpan = UserSession.Life;
        cookie.SlidingExpiration = true;
        cookie.LoginPath = AccessPolicies.SignInPath;
        cookie.ReturnUrlParameter = "returnUrl";
        cookie.Events.OnRedirectToLogin = AskToSignIn;
        // The sign-in page leads on by itself: only it knows which addresses are ours and fit for a header.
        cookie.Events.OnRedirectToReturnUrl = _ => Task.CompletedTask;
        cookie.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }

    // A fragment is not a page to return to; htmx sends the address of the page that requested it.
    private static string PageOf(HttpRequest request) =>
        Uri.TryCreate(request.Headers["HX-Current-URL"], UriKind.Absolute, out var page)
            ? page.PathAndQuery
            : request.PathBase + request.Path;

    // htmx would put a sign-in page in place of a fragment, so the whole page is redirected.
    private static Task AskToSignIn(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (context.Request.IsHtmx())
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers["HX-Redirect"] =
                $"{AccessPolicies.SignInPath}{QueryString.Create("returnUrl", PageOf(context.Request))}";
        }
        else
        {
            // Relative, so that it does not depend on the host that the request named.
            context.Response.Redirect(new Uri(context.RedirectUri).PathAndQuery);
        }

        return Task.CompletedTask;
    }
}
