using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Portal.Hosting;
using Portal.Model;
using Portal.Secrets;

namespace Portal.Accounts;

/// <summary>Settings <c>Portal:…</c> for two-factor authentication.</summary>
public sealed class FactorOptions
{
    /// <summary>
    /// Whether admin pages need a session that used a passkey, an authenticator app's code or a recovery code. If off,
    /// a password is enough for admins without a factor; those who have one are still asked for it at sign-in.
    /// </summary>
    public bool AdminsNeedSecondFactor { get; set; } = true;

    /// <summary>Whether this session may open admin pages.</summary>
    public bool IsProvedEnough(ClaimsPrincipal admin) => !AdminsNeedSecondFactor || admin.UsedFactor;
}

/// <summary>
/// Stores the authenticator app's key encrypted and recovery codes hashed, so that reading the table is not enough to
/// sign in.
/// </summary>
public sealed class PortalUsers(
    IUserStore<User> store,
    IOptions<IdentityOptions> options,
    IPasswordHasher<User> hasher,
    IEnumerable<IUserValidator<User>> userValidators,
    IEnumerable<IPasswordValidator<User>> passwordValidators,
    ILookupNormalizer normalizer,
    IdentityErrorDescriber errors,
    IServiceProvider services,
    ILogger<UserManager<User>> logger,
    SecretProtector box,
    AuthenticatorCodes authenticator
) : UserManager<User>(store, options, hasher, userValidators, passwordValidators, normalizer, errors, services, logger)
{
    // The names under which Identity's own store keeps them.
    private const string TokenProvider = "[AspNetUserStore]";
    private const string TokenName = "RecoveryCodes";

    /// <summary>
    /// Guesses are slowed down by <see cref="SignInLimits"/>. There is no lockout, because strangers could lock people
    /// out.
    /// </summary>
    public override bool SupportsUserLockout => false;

    private IUserAuthenticatorKeyStore<User> Keys => (IUserAuthenticatorKeyStore<User>)Store;

    public override async Task<string?> GetAuthenticatorKeyAsync(User user) =>
        await Keys.GetAuthenticatorKeyAsync(user, CancellationToken) is { Length: > 0 } key
            ? box.Open(key, PlaceOf(user))
            : null;

    public override async Task<IdentityResult> ResetAuthenticatorKeyAsync(User user)
    {
        await Keys.SetAuthenticatorKeyAsync(
            user,
            box.Seal(GenerateNewAuthenticatorKey(), PlaceOf(user)),
            CancellationToken
        );
        await authenticator.ForgetAsync(user, CancellationToken);
        return await UpdateAsync(user);
    }

    /// <summary>A code of the authenticator app works once.</summary>
    public override async Task<bool> VerifyTwoFactorTokenAsync(User user, string tokenProvider, string token) =>
        tokenProvider == Options.Tokens.AuthenticatorTokenProvider
            ? await GetAuthenticatorKeyAsync(user) is { } key
                && await authenticator.RedeemAsync(user, key, token, CancellationToken)
            : await base.VerifyTwoFactorTokenAsync(user, tokenProvider, token);

    public override async Task<IEnumerable<string>?> GenerateNewTwoFactorRecoveryCodesAsync(User user, int number)
    {
        string[] codes = [.. Enumerable.Range(0, number).Select(_ => RecoveryCodes.New())];
        var kept = codes.Select(code => RecoveryCodes.Store(PasswordHasher, user, code)).ToList();
        await ((IUserTwoFactorRecoveryCodeStore<User>)Store).ReplaceCodesAsync(user, kept, CancellationToken);
        return (await UpdateAsync(user)).Succeeded ? codes : null;
    }

    public override async Task<IdentityResult> RedeemTwoFactorRecoveryCodeAsync(User user, string code)
    {
        var kept = await ((IUserAuthenticationTokenStore<User>)Store).GetTokenAsync(
            user,
            TokenProvider,
            TokenName,
            CancellationToken
        ) ?? "";
        return RecoveryCodes.Find(PasswordHasher, user, kept.Split(';'), code) is { } entry
            ? await base.RedeemTwoFactorRecoveryCodeAsync(user, entry)
            : IdentityResult.Failed(ErrorDescriber.RecoveryCodeRedemptionFailed());
    }

    private static SecretContext PlaceOf(User user) =>
        new("user_tokens", "value", user.ClientId ?? Guid.Empty, user.Id);
}

public static class TwoFactor
{
    public const string Path = "/account/factors";

    public static IServiceCollection AddFactors(this IServiceCollection services)
    {
        services.AddSettings<FactorOptions>("Portal");
        services
            .AddSingleton<AuthenticatorCodes>()
            .AddScoped<AccountFactors>()
            .AddScoped<FactorCheck>()
            .AddScoped<PendingSignIn>();
        services.AddSingleton<IAuthorizationHandler, FactorRequirementHandler>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, StepUpResultHandler>();
        services.AddOptions<MvcOptions>().Configure(mvc => mvc.Filters.Add<RecentProofFilter>());
        services
            .AddOptions<IdentityPasskeyOptions>()
            .Configure<PortalOptions>(
                (passkeys, portal) =>
                {
                    // User verification and a discoverable credential make such a passkey two factors in one.
                    passkeys.ServerDomain = portal.PublicUrl.Host;
                    passkeys.ResidentKeyRequirement = "required";
                    passkeys.UserVerificationRequirement = "required";
                    passkeys.ValidateOrigin = context =>
                        ValueTask.FromResult(!context.CrossOrigin && context.Origin == portal.Origin);
                }
            );
        return services;
    }
}
