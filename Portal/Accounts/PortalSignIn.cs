using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Creates a row in <c>user_sessions</c> for each cookie, whichever way a person signs in.</summary>
public sealed class PortalSignIn(
    UserManager<User> users,
    IHttpContextAccessor context,
    IUserClaimsPrincipalFactory<User> claims,
    IOptions<IdentityOptions> options,
    ILogger<SignInManager<User>> log,
    IAuthenticationSchemeProvider schemes,
    IUserConfirmation<User> confirmation,
    SessionStore sessions,
    AccountFactors factors,
    TimeProvider clock
) : SignInManager<User>(users, context, claims, options, log, schemes, confirmation)
{
    private bool _goesOn;
    private string? _proved;

    /// <summary>Starts a session that was authenticated by these methods.</summary>
    public Task SignInAsync(User user, bool isPersistent, IEnumerable<string> methods) =>
        SignInWithClaimsAsync(
            user,
            new AuthenticationProperties { IsPersistent = isPersistent },
            SessionProof.Claims(methods, clock.GetUtcNow())
        );

    /// <summary>Continues the session and records that it was authenticated again, by this method.</summary>
    public async Task ProveAsync(User user, string method)
    {
        _proved = method;
        await RefreshSignInAsync(user);
        _proved = null;
    }

    public override async Task SignInWithClaimsAsync(
        User user,
        AuthenticationProperties? authenticationProperties,
        IEnumerable<Claim> additionalClaims
    )
    {
        // However they got here, a disabled person cannot sign in.
        if (user.DisabledAt is not null)
        {
            await base.SignOutAsync();
            return;
        }

        if (
            (_goesOn ? await sessions.GoOnAsync(user, Context) : await sessions.BeginAsync(user, Context))
            is not { } session
        )
        {
            await base.SignOutAsync();
            return;
        }

        var proof = _goesOn ? await CarriedAsync(user) : additionalClaims;
        await base.SignInWithClaimsAsync(
            user,
            authenticationProperties,
            [.. proof, new(SessionStore.Claim, session.ToString())]
        );
    }

    public override async Task RefreshSignInAsync(User user)
    {
        _goesOn = true;
        await base.RefreshSignInAsync(user);
        _goesOn = false;
    }

    public override async Task SignOutAsync()
    {
        await sessions.EndAsync(Context.User);
        await base.SignOutAsync();
    }

    private async Task<IEnumerable<Claim>> CarriedAsync(User user)
    {
        var hasFactor = await factors.HasAnyAsync(user);
        return _proved is { } method
            ? SessionProof.Claims(
                [.. Context.User.ProofMethods.Where(one => hasFactor || !ProofMethod.IsFactor(one)), method],
                clock.GetUtcNow()
            )
            : SessionProof.Carried(Context.User, hasFactor);
    }
}
