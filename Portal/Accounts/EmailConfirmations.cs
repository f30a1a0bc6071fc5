using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Hosting;
using Portal.Limits;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Confirms the address of an account that was created with a link that somebody handed over, because nothing has shown
/// yet that it is its owner's. A link expires after 24 hours, or when the password or a factor changes.
/// </summary>
public sealed class EmailConfirmations(
    AccountsDb db,
    UserManager<User> users,
    AuditLog audit,
    ActionLimits limits,
    PortalOptions portal,
    IOptions<MailOptions> mail
)
{
    public bool CanSend => mail.Value.IsConfigured;

    /// <exception cref="LimitExceededException">When too many emails were sent.</exception>
    public async Task AskAsync(User person, CancellationToken cancellationToken)
    {
        (await limits.MailAsync(person.Id, person.ClientId, person.Email!, cancellationToken)).OrThrow();
        db.Add(
            new Email
            {
                ClientId = person.ClientId,
                UserId = person.Id,
                Template = EmailConfirmationEmail.Template,
                ToAddress = person.Email!,
                ToName = person.DisplayName,
            }
        );
        await db.SaveChangesAsync(cancellationToken);
    }

    public async Task<Uri> LinkAsync(User person) =>
        portal.Link(
            $"/account/email/verify?u={person.Id:N}&t={TokenText.Encode(await users.GenerateEmailConfirmationTokenAsync(person))}"
        );

    /// <summary>
    /// The person whose address a link confirms, also after it was confirmed; null when the link is no longer valid.
    /// </summary>
    public async Task<User?> OpenAsync(string? id, string? text) =>
        Guid.TryParse(id, out var person)
        && TokenText.Decode(text) is { } token
        && await users.FindByIdAsync($"{person}") is { } user
        && await users.VerifyUserTokenAsync(
            user,
            users.Options.Tokens.EmailConfirmationTokenProvider,
            UserManager<User>.ConfirmEmailTokenPurpose,
            token
        )
            ? user
            : null;

    public async Task ConfirmAsync(User person)
    {
        if (person.EmailConfirmed)
        {
            return;
        }

        person.EmailConfirmed = true;
        audit.Add(db, person, AuditAction.EmailConfirmed, person, AuditChange.Email(null, person.Email));
        if (await users.UpdateAsync(person) is { Succeeded: false } refused)
        {
            throw new InvalidOperationException($"The email address of {person.Id} could not be confirmed: {refused}");
        }
    }
}

/// <summary>Asks a person to confirm the email address of their account.</summary>
public sealed class EmailConfirmationEmail(
    UserManager<User> users,
    EmailConfirmations confirmations,
    PortalOptions portal
) : IEmailTemplate
{
    public static string Template => "email-confirm";

    public static string Title => "Email confirmation";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken) =>
        email.UserId is { } id
        && await users.FindByIdAsync(id.ToString()) is { EmailConfirmed: false } person
        && person.Email == email.ToAddress
            ? new(
                $"Confirm your email for {portal.Name}",
                [
                    $"Confirm that {person.Email} is the email address of your {portal.Name} account. The link expires in 24 hours.",
                    "If you don’t recognize this account, ignore this email.",
                ],
                ("Confirm email", await confirmations.LinkAsync(person)),
                [],
                "You’re receiving this because an account has your email address."
            )
            : null;
}
