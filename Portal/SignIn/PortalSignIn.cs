using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Portal.Model;

namespace Portal.SignIn;

/// <summary>Gives each cookie its row in <c>user_sessions</c>, whichever way somebody signs in.</summary>
public sealed class PortalSignIn(
    UserManager<User> users, IHttpContextAccessor context, IUserClaimsPrincipalFactory<User> claims, IOptions<IdentityOptions> options,
    ILogger<SignInManager<User>> log, IAuthenticationSchemeProvider schemes, IUserConfirmation<User> confirmation, Sessions sessions)
    : SignInManager<User>(users, context, claims, options, log, schemes, confirmation)
{
    private bool _goesOn;

    public override async Task SignInWithClaimsAsync(User user, AuthenticationProperties? authenticationProperties, IEnumerable<Claim> additionalClaims)
    {
        // Whatever led here, a link in a mail or a second step: who is disabled does not get in.
        if (user.DisabledAt is not null)
        {
            await base.SignOutAsync();
            return;
        }

        if ((_goesOn ? await sessions.GoOnAsync(user, Context) : await sessions.BeginAsync(user, Context)) is not { } session)
        {
            await base.SignOutAsync();
            return;
        }

        await base.SignInWithClaimsAsync(user, authenticationProperties, [.. additionalClaims, new(Sessions.Claim, session.ToString())]);
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
}
