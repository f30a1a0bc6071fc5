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
/// Lets an admin reset the access of somebody who lost every factor. All sign-in methods are removed, the password too,
/// and the only new way in is a link sent to the person's own mailbox. So a convincing phone call is not enough to take
/// an account over.
/// </summary>
public sealed class AccessRecovery(
    AccountsDb db,
    UserManager<User> users,
    PasswordLinks links,
    TwoFactorNotifications news,
    AuditLog audit,
    ActionLimits limits,
    IOptions<MailOptions> mail
)
{
    /// <summary>The link to hand over where no email can be sent; otherwise null.</summary>
    public async Task<Uri?> LetBackInAsync(User person, Guid by, CancellationToken cancellationToken)
    {
        if (mail.Value.IsConfigured)
        {
            (await limits.MailAsync(by, person.ClientId, person.Email!, cancellationToken)).OrThrow();
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        foreach (var passkey in await users.GetPasskeysAsync(person))
        {
            await users.RemovePasskeyAsync(person, passkey.CredentialId);
        }

        await db.UserTokens.Where(token => token.UserId == person.Id).ExecuteDeleteAsync(cancellationToken);
        person.TwoFactorEnabled = false;
        person.PasswordHash = null;
        audit.Add(db, person.ClientId, AuditAction.Recovered, person);
        if (mail.Value.IsConfigured)
        {
            db.Add(
                new Email
                {
                    ClientId = person.ClientId,
                    UserId = person.Id,
                    Template = AccessResetEmail.Template,
                    ToAddress = person.Email!,
                    ToName = person.DisplayName,
                }
            );
        }

        if (await users.UpdateSecurityStampAsync(person) is { Succeeded: false } refused)
        {
            throw new InvalidOperationException($"The access of {person.Id} could not be reset: {refused}");
        }

        await news.EndWithLastAsync(person);
        await transaction.CommitAsync(cancellationToken);
        return mail.Value.IsConfigured ? null : await links.ToHandOverAsync(person);
    }
}

/// <summary>The email with the reset link, which also alerts a person who did not ask for it.</summary>
public sealed class AccessResetEmail(UserManager<User> users, PasswordLinks links, PortalOptions portal)
    : IEmailTemplate
{
    public static string Template => "recovered";

    public static string Title => "Access reset";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken) =>
        email.UserId is { } id
        && await users.FindByIdAsync(id.ToString()) is { PasswordHash: null } person
        && person.Email == email.ToAddress
            ? new(
                $"Your access to {portal.Name} was reset",
                [
                    "An administrator reset your access. Your password, passkeys, authenticator app and recovery codes no longer work, and you’re signed out everywhere.",
                    "Set a new password with this link. It works once and expires in 24 hours; after that, request a new one under “Forgot password?”.",
                    "If you didn’t ask for this, contact your portal administrator right away.",
                ],
                ("Set password", await links.ToMailAsync(person)),
                [],
                "You’re receiving this because it’s your account."
            )
            : null;
}
