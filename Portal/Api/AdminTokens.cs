using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Api;

/// <summary>
/// Authenticates a program by an admin's API token, as that admin and within the token's scopes. Cookies are ignored.
/// </summary>
public sealed class AdminTokens(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    AccountsDb db,
    AccountFactors factors,
    IOptions<FactorOptions> needed,
    TimeProvider clock
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "AdminToken";

    public const string ScopeClaim = "scope";

    /// <summary>The token's id, by which its calls are counted.</summary>
    public const string TokenClaim = "token";

    /// <summary>All scopes, with their labels on the page that creates tokens.</summary>
    public static readonly IReadOnlyList<(string Name, string Text)> Scopes =
    [
        ("widgets:read", "List the widgets of all clients"),
        ("clean-up", "Delete expired demos"),
        ("widgets:delete", "Delete widgets"),
        ("demos:delete", "Delete demo widgets only"),
        ("chat-logs:delete", "Delete chat logs by widget, date or visitor"),
    ];

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    public static AuthorizationPolicy For(string scope) =>
        new AuthorizationPolicyBuilder(SchemeName)
            .RequireRole(nameof(UserRole.Admin))
            .RequireClaim(ScopeClaim, scope)
            .Build();

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (
            !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            || AdminToken.HashOf(header["Bearer ".Length..].Trim()) is not { } hash
        )
        {
            return AuthenticateResult.NoResult();
        }

        var now = clock.GetUtcNow();
        var found = await db
            .AdminTokens.AsNoTracking()
            .SingleOrDefaultAsync(token => token.TokenHash == hash, Context.RequestAborted);
        if (found?.IsGood(now) != true || !await IsStillAdminAsync(found.CreatedBy))
        {
            return AuthenticateResult.Fail("Invalid or expired token.");
        }

        if (found.LastUsedAt is null || found.LastUsedAt < now - s_minute)
        {
            await db
                .AdminTokens.Where(token => token.Id == found.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(token => token.LastUsedAt, now), Context.RequestAborted);
        }

        var identity = new ClaimsIdentity(
            [
                new(ClaimTypes.NameIdentifier, $"{found.CreatedBy}"),
                new(ClaimTypes.Role, nameof(UserRole.Admin)),
                new(Person.DisplayNameClaim, $"{found.CreatedName} (token “{found.Name}”)"),
                new(TokenClaim, $"{found.Id}"),
                .. found.Scopes.Select(scope => new Claim(ScopeClaim, scope)),
            ],
            SchemeName
        );
        return AuthenticateResult.Success(new(new ClaimsPrincipal(identity), SchemeName));
    }

    // A token can do no more than its creator, and ends with their second factor.
    private async Task<bool> IsStillAdminAsync(Guid maker) =>
        await db
            .Users.AsNoTracking()
            .SingleOrDefaultAsync(
                user => user.Id == maker && user.Role == UserRole.Admin && user.DisabledAt == null,
                Context.RequestAborted
            )
            is { } admin
        && (!needed.Value.AdminsNeedSecondFactor || await factors.HasAnyAsync(admin));

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.TokenRequired.ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Problems.ScopeMissing.ExecuteAsync(Context);
}
