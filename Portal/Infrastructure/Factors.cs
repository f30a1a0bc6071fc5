using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Htmx;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Portal.Model;

namespace Portal.Infrastructure;

/// <summary>Settings <c>Portal:…</c> of who must sign in how.</summary>
public sealed class FactorOptions
{
    /// <summary>Whether admins get no further than to their account until they have a passkey or an authenticator app.</summary>
    public bool AdminsNeedSecondFactor { get; set; } = true;
}

/// <summary>Keeps the authenticator app's key sealed and recovery codes hashed: whoever reads the table can sign in with neither.</summary>
public sealed class PortalUsers(
    IUserStore<User> store, IOptions<IdentityOptions> options, IPasswordHasher<User> hasher, IEnumerable<IUserValidator<User>> userValidators,
    IEnumerable<IPasswordValidator<User>> passwordValidators, ILookupNormalizer normalizer, IdentityErrorDescriber errors, IServiceProvider services,
    ILogger<UserManager<User>> logger, SecretBox box)
    : UserManager<User>(store, options, hasher, userValidators, passwordValidators, normalizer, errors, services, logger)
{
    /// <summary>Guesses are slowed down by <see cref="SignIn.SignInLimits"/>: an account that strangers can lock is no account.</summary>
    public override bool SupportsUserLockout => false;

    private IUserAuthenticatorKeyStore<User> Keys => (IUserAuthenticatorKeyStore<User>)Store;

    public override async Task<string?> GetAuthenticatorKeyAsync(User user) =>
        await Keys.GetAuthenticatorKeyAsync(user, CancellationToken) is { Length: > 0 } key ? box.Open(key, PlaceOf(user)) : null;

    public override async Task<IdentityResult> ResetAuthenticatorKeyAsync(User user)
    {
        await Keys.SetAuthenticatorKeyAsync(user, box.Seal(GenerateNewAuthenticatorKey(), PlaceOf(user)), CancellationToken);
        return await UpdateAsync(user);
    }

    public override async Task<IEnumerable<string>?> GenerateNewTwoFactorRecoveryCodesAsync(User user, int number)
    {
        string[] codes = [.. Enumerable.Range(0, number).Select(_ => CreateTwoFactorRecoveryCode())];
        await ((IUserTwoFactorRecoveryCodeStore<User>)Store).ReplaceCodesAsync(user, codes.Select(Hash), CancellationToken);
        return (await UpdateAsync(user)).Succeeded ? codes : null;
    }

    public override Task<IdentityResult> RedeemTwoFactorRecoveryCodeAsync(User user, string code) => base.RedeemTwoFactorRecoveryCodeAsync(user, Hash(code.Trim().ToUpperInvariant()));

    // Codes are random, 50 bits: a plain hash is enough.
    private static string Hash(string code) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(code)));

    private static SecretPlace PlaceOf(User user) => new("user_tokens", "value", user.ClientId ?? Guid.Empty, user.Id);
}

public static class Factors
{
    public const string Path = "/account/factors";

    /// <summary>Says in the cookie that this person has a passkey or an authenticator app.</summary>
    public const string Claim = "factor";

    public static IServiceCollection AddFactors(this IServiceCollection services)
    {
        services.AddOptions<FactorOptions>().BindConfiguration("Portal");
        services.AddOptions<IdentityPasskeyOptions>().Configure<PortalOptions>((passkeys, portal) =>
        {
            // What the authenticator keeps by itself and asks its owner for: such a passkey is two factors in one.
            passkeys.ServerDomain = portal.PublicUrl.Host;
            passkeys.ResidentKeyRequirement = "required";
            passkeys.UserVerificationRequirement = "required";
            passkeys.ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && context.Origin == portal.Origin);
        });
        return services;
    }

    extension(HttpContext context)
    {
        /// <summary>Remembers, for the second step, whose password was right.</summary>
        public Task BeginSecondStepAsync(User user) => context.SignInAsync(
            IdentityConstants.TwoFactorUserIdScheme,
            new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, user.Id.ToString())], IdentityConstants.TwoFactorUserIdScheme)));
    }

    extension(IApplicationBuilder app)
    {
        /// <summary>Admins without a second factor are led to where they get one. Belongs after authentication.</summary>
        public IApplicationBuilder UseFactors() => app.Use((context, next) =>
        {
            if (!context.User.IsAdmin || context.User.HasClaim(claim => claim.Type == Claim) || !context.Request.Path.StartsWithSegments("/admin")
                || !context.RequestServices.GetRequiredService<IOptions<FactorOptions>>().Value.AdminsNeedSecondFactor)
            {
                return next(context);
            }

            if (context.Request.IsHtmx())
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                context.Response.Headers["HX-Redirect"] = Path;
            }
            else
            {
                context.Response.Redirect(Path);
            }

            return Task.CompletedTask;
        });
    }
}
