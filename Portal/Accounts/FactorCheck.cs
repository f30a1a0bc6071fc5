using Microsoft.AspNetCore.Identity;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Checks the factor that somebody presents. Used both by two-step verification and by the confirmation of sensitive
/// changes.
/// </summary>
public sealed class FactorCheck(
    PortalUsers users,
    SignInManager<User> signIn,
    AccountFactors factors,
    SignInLimits limits,
    IHttpContextAccessor request
)
{
    /// <param name="Method">What was proved (<see cref="ProofMethod"/>); null: it was wrong.</param>
    /// <param name="Wait">Too many attempts: nothing was looked at.</param>
    public readonly record struct Outcome(string? Method, TimeSpan? Wait);

    private HttpContext Context => request.HttpContext!;

    public Task<Outcome> PasswordAsync(User person, string? password, CancellationToken cancellationToken) =>
        CheckAsync(
            person,
            ProofMethod.Password,
            async () => !string.IsNullOrEmpty(password) && await users.CheckPasswordAsync(person, password),
            cancellationToken
        );

    public Task<Outcome> AuthenticatorAsync(User person, string? code, CancellationToken cancellationToken) =>
        CheckAsync(
            person,
            ProofMethod.AuthenticatorCode,
            async () =>
                person.TwoFactorEnabled
                && !string.IsNullOrEmpty(code)
                && await users.VerifyTwoFactorTokenAsync(person, users.Options.Tokens.AuthenticatorTokenProvider, code),
            cancellationToken
        );

    public Task<Outcome> RecoveryAsync(User person, string? code, CancellationToken cancellationToken) =>
        CheckAsync(
            person,
            ProofMethod.RecoveryCode,
            async () =>
                !string.IsNullOrEmpty(code)
                && await factors.HasAnyAsync(person)
                && (await users.RedeemTwoFactorRecoveryCodeAsync(person, code)).Succeeded,
            cancellationToken
        );

    public Task<Outcome> PasskeyAsync(User person, string? credential, CancellationToken cancellationToken) =>
        CheckAsync(
            person,
            ProofMethod.Passkey,
            async () =>
            {
                if (
                    await signIn.AssertAsync(credential)
                        is not { Succeeded: true, User: { } user, Passkey: { } passkey }
                    || user.Id != person.Id
                )
                {
                    return false;
                }

                await users.AddOrUpdatePasskeyAsync(user, passkey);
                return true;
            },
            cancellationToken
        );

    private async Task<Outcome> CheckAsync(
        User person,
        string method,
        Func<Task<bool>> isRight,
        CancellationToken cancellationToken
    )
    {
        var tries = await limits.CodeAsync(Context, person, cancellationToken);
        if (tries.Wait is { } wait)
        {
            return new(null, wait);
        }

        if (!await isRight())
        {
            return default;
        }

        await tries.GiveBackAsync();
        return new(method, null);
    }
}
