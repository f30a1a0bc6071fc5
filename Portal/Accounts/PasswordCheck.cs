using Microsoft.AspNetCore.Identity;
using Portal.Audit;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Checks an email address and a password. Does the same work whether or not the account exists, so that neither the
/// response nor its timing reveals it.
/// </summary>
public sealed class PasswordCheck(
    UserManager<User> users,
    IPasswordHasher<User> hasher,
    SignInLimits limits,
    SignInFailures failures,
    AuditLog audit,
    IHttpContextAccessor request
)
{
    private static readonly User s_nobody = new() { DisplayName = "" };
    private static string? s_decoy;

    /// <param name="Person">Null: unknown, wrong or disabled, which look the same.</param>
    /// <param name="Wait">Too many attempts: nothing was looked at.</param>
    public readonly record struct Outcome(User? Person, TimeSpan? Wait);

    public async Task<Outcome> FindAsync(string email, string password, CancellationToken cancellationToken)
    {
        var context = request.HttpContext!;
        var tries = await limits.PasswordAsync(context, email, cancellationToken);
        if (tries.Wait is { } wait)
        {
            return new(null, wait);
        }

        var user = await users.FindByEmailAsync(email);
        var hash = user?.PasswordHash ?? (s_decoy ??= hasher.HashPassword(s_nobody, Guid.NewGuid().ToString()));
        var verified = hasher.VerifyHashedPassword(user ?? s_nobody, hash, password);
        if (user is { PasswordHash: not null, DisabledAt: null } && verified != PasswordVerificationResult.Failed)
        {
            await tries.GiveBackAsync();
            if (verified == PasswordVerificationResult.SuccessRehashNeeded)
            {
                // Hashed long ago with fewer iterations, so it is hashed again.
                await users.CheckPasswordAsync(user, password);
            }

            return new(user, null);
        }

        if (user is not null)
        {
            failures.Note(audit.Entry(Actor.Of(context), user.ClientId, AuditAction.SignInFailed, user));
        }

        return default;
    }
}
