using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>The claims of a person in the cookie.</summary>
public sealed class PersonClaimsFactory(
    UserManager<User> users,
    AccountFactors factors,
    IOptions<IdentityOptions> options
) : UserClaimsPrincipalFactory<User>(users, options)
{
    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(User user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new(ClaimTypes.Role, user.Role.ToString()));
        identity.AddClaim(new(Person.DisplayNameClaim, user.DisplayName));
        if (await factors.HasAnyAsync(user))
        {
            identity.AddClaim(new(SessionProof.FactorClaim, "yes"));
        }

        if (user.ClientId is { } client)
        {
            identity.AddClaim(new(Person.ClientClaim, client.ToString()));
        }

        return identity;
    }
}
