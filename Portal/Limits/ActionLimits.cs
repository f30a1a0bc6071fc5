using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Portal.Model;
using Portal.Web;

namespace Portal.Limits;

/// <summary>
/// Limits what people may do, and how often. Each limit is a setting of <see cref="ActionLimitOptions"/>.
/// </summary>
public sealed class ActionLimits(RateLimits limits, IOptions<ActionLimitOptions> options)
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_day = TimeSpan.FromDays(1);

    private readonly ActionLimitOptions _limits = options.Value;

    /// <summary>Called before a signed-in person sends an email.</summary>
    /// <param name="client">The client whose people send it; null for an admin.</param>
    public Task<RateLease> MailAsync(
        Guid person,
        Guid? client,
        string recipient,
        CancellationToken cancellationToken
    ) => limits.TakeAsync([.. Mail(person, client, recipient)], cancellationToken);

    /// <summary>Called before a person is invited.</summary>
    /// <param name="isMailed">Whether the invitation is emailed.</param>
    public Task<RateLease> InvitationAsync(
        Guid person,
        Guid client,
        string recipient,
        bool isMailed,
        CancellationToken cancellationToken
    ) =>
        limits.TakeAsync(
            [
                RateShare.Of("invitations", $"{client}", _limits.InvitationsPerDayAndClient, s_day),
                .. isMailed ? Mail(person, client, recipient) : [],
            ],
            cancellationToken
        );

    /// <summary>Called when a person has authenticated, before they get a session.</summary>
    public Task<RateLease> SignInAsync(Guid person, CancellationToken cancellationToken) =>
        limits.TakeAsync(
            [RateShare.Of("sign-ins", $"{person}", _limits.SignInsPerHourAndAccount, s_hour)],
            cancellationToken
        );

    /// <summary>Called before a person adds or removes a factor.</summary>
    public Task<RateLease> FactorAsync(Guid person, CancellationToken cancellationToken) =>
        limits.TakeAsync(
            [RateShare.Of("factors", $"{person}", _limits.FactorChangesPerHourAndAccount, s_hour)],
            cancellationToken
        );

    /// <summary>Called before a demo's passcode is checked. A correct one does not count.</summary>
    public Task<RateLease> PasscodeAsync(Guid demo, HttpContext context, CancellationToken cancellationToken) =>
        limits.TakeAsync(
            [
                RateShare.Of(
                    "passcodes",
                    $"{demo} {CallerAddress.Of(context.Connection.RemoteIpAddress)}",
                    _limits.PasscodesPerAddress,
                    TimeSpan.FromMinutes(5)
                ),
            ],
            cancellationToken
        );

    /// <summary>
    /// Counts a wrong passcode of a demo. Returns whether so many came from all addresses that responses slow down.
    /// </summary>
    public async Task<bool> IsSlowAsync(Guid demo, CancellationToken cancellationToken) =>
        (
            await limits.TakeAsync(
                [RateShare.Of("demo", $"{demo}", _limits.PasscodesPerHourAndDemo, s_hour)],
                cancellationToken
            )
        ).Wait
            is not null;

    public Task<RateLease> DemoAsync(Guid client, CancellationToken cancellationToken) =>
        limits.TakeAsync([RateShare.Of("demos", $"{client}", _limits.DemosPerDayAndClient, s_day)], cancellationToken);

    public Task<RateLease> PictureAsync(Guid client, CancellationToken cancellationToken) =>
        limits.TakeAsync(
            [RateShare.Of("pictures", $"{client}", _limits.PicturesPerHourAndClient, s_hour)],
            cancellationToken
        );

    /// <summary>Called before a file is exported.</summary>
    /// <exception cref="LimitExceededException">When this person exported too many files.</exception>
    public Task ExportAsync(ClaimsPrincipal person, CancellationToken cancellationToken) =>
        TakeAsync("exports", person, _limits.ExportsPerHourAndPerson, cancellationToken);

    /// <summary>Called before a person writes a note, a correction or a view.</summary>
    /// <exception cref="LimitExceededException">When this person wrote too many.</exception>
    public Task NoteAsync(ClaimsPrincipal person, CancellationToken cancellationToken) =>
        TakeAsync("notes", person, _limits.NotesPerHourAndPerson, cancellationToken);

    private async Task TakeAsync(
        string what,
        ClaimsPrincipal person,
        int perHour,
        CancellationToken cancellationToken
    ) =>
        (
            await limits.TakeAsync([RateShare.Of(what, $"{person.PersonId}", perHour, s_hour)], cancellationToken)
        ).OrThrow();

    private IEnumerable<RateShare> Mail(Guid person, Guid? client, string recipient) =>
        [
            RateShare.Of("mail-by", $"{person}", _limits.MailsPerHourAndPerson, s_hour),
            .. client is null
                ? []
                : new[] { RateShare.Of("mail-of", $"{client}", _limits.MailsPerDayAndClient, s_day) },
            RateShare.Of("mail-for", EmailAddresses.Normalize(recipient), _limits.MailsPerHourAndRecipient, s_hour),
        ];
}
