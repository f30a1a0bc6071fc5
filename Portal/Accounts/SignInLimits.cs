using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

/// <summary>How often strangers may try (<c>Portal:SignInLimits:…</c>). 0 means without limit.</summary>
public sealed class SignInLimitOptions
{
    /// <summary>
    /// Wrong passwords and passkeys from one address in five minutes. Attempts come back evenly: with 5, one a minute.
    /// </summary>
    [Range(0, 1000)]
    public int FailuresPerAddress { get; set; } = 5;

    /// <summary>Wrong passwords for one account in 15 minutes, from browsers in which it was never used.</summary>
    [Range(0, 1000)]
    public int FailuresPerAccount { get; set; } = 10;

    /// <summary>
    /// Wrong codes at two-step verification, and when a signed-in person confirms their identity, in 15 minutes.
    /// </summary>
    [Range(0, 1000)]
    public int CodesPerAccount { get; set; } = 5;

    /// <summary>Emails that a signed-out person requests, in 30 minutes.</summary>
    [Range(0, 1000)]
    public int MailsPerAddress { get; set; } = 5;

    /// <summary>The same to one email address, in an hour.</summary>
    [Range(0, 1000)]
    public int MailsPerAccount { get; set; } = 5;
}

/// <summary>
/// Slows down guessing, over all replicas, and locks nobody out: a used-up share refills evenly, one attempt at a time.
/// A stranger can use up an account's share, so a browser in which the account was used before has its own.
/// </summary>
public sealed class SignInLimits(
    RateLimits limits,
    AccountsDb db,
    KnownDeviceCookie devices,
    IOptions<SignInLimitOptions> options
)
{
    private readonly SignInLimitOptions _limits = options.Value;

    /// <summary>Called before a password is checked. A correct one does not count.</summary>
    public async Task<RateLease> PasswordAsync(HttpContext context, string email, CancellationToken cancellationToken)
    {
        var account = EmailAddresses.Normalize(email);
        if (
            devices.Known(context) is { } device
            && await db.Sessions.AnyAsync(
                session =>
                    session.Device == device
                    && db.Users.Any(user => user.Id == session.UserId && user.NormalizedEmail == account),
                cancellationToken
            )
        )
        {
            return await limits.TakeAsync(
                [
                    RateShare.Of(
                        "device",
                        $"{Convert.ToHexString(device)} {account}",
                        Math.Max(_limits.FailuresPerAddress, 5),
                        TimeSpan.FromMinutes(5)
                    ),
                ],
                cancellationToken
            );
        }

        return await limits.TakeAsync(
            [
                RateShare.Of(
                    "address",
                    CallerAddress.Of(context.Connection.RemoteIpAddress),
                    _limits.FailuresPerAddress,
                    TimeSpan.FromMinutes(5)
                ),
                RateShare.Of("account", account, _limits.FailuresPerAccount, TimeSpan.FromMinutes(15)),
            ],
            cancellationToken
        );
    }

    /// <summary>Called before a passkey's response is checked.</summary>
    public Task<RateLease> PasskeyAsync(HttpContext context, CancellationToken cancellationToken) =>
        limits.TakeAsync(
            [
                RateShare.Of(
                    "address",
                    CallerAddress.Of(context.Connection.RemoteIpAddress),
                    _limits.FailuresPerAddress,
                    TimeSpan.FromMinutes(5)
                ),
            ],
            cancellationToken
        );

    /// <summary>
    /// Called before checking a code or password of a person who is known by their password or session. Somebody else
    /// who has the password cannot use up the attempts of a signed-in session, or of a browser in which the account was
    /// used before.
    /// </summary>
    public async Task<RateLease> CodeAsync(HttpContext context, User person, CancellationToken cancellationToken)
    {
        var whose =
            context.User is { Identity.IsAuthenticated: true, SessionId: { } session } user
            && user.PersonId == person.Id
                ? $"session {session}"
            : devices.Known(context) is { } device
            && await db.Sessions.AnyAsync(one => one.Device == device && one.UserId == person.Id, cancellationToken)
                ? $"device {Convert.ToHexString(device)} {person.Id}"
            : $"{person.Id}";
        return await limits.TakeAsync(
            [RateShare.Of("code", whose, _limits.CodesPerAccount, TimeSpan.FromMinutes(15))],
            cancellationToken
        );
    }

    /// <summary>Called before sending an email that a signed-out person requested. It always counts.</summary>
    public Task<RateLease> MailAsync(HttpContext context, string email, CancellationToken cancellationToken) =>
        limits.TakeAsync(
            [
                RateShare.Of(
                    "mail-from",
                    CallerAddress.Of(context.Connection.RemoteIpAddress),
                    _limits.MailsPerAddress,
                    TimeSpan.FromMinutes(30)
                ),
                RateShare.Of(
                    "mail-to",
                    EmailAddresses.Normalize(email),
                    _limits.MailsPerAccount,
                    TimeSpan.FromHours(1)
                ),
            ],
            cancellationToken
        );
}
