using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Asks the old and the new address of an account to confirm the change.</summary>
public sealed class EmailChangeEmail(
    AccountsDb db,
    UserManager<User> users,
    LinkTokens tokens,
    PortalOptions portal,
    TimeProvider clock
) : IEmailTemplate
{
    public static string Template => "email-change";

    public static string Title => "Email change";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        if (
            await db.EmailChanges.SingleOrDefaultAsync(change => change.Id == email.About, cancellationToken)
                is not { } change
            || !change.IsOpen(clock.GetUtcNow())
            || await users.FindByIdAsync(change.UserId.ToString()) is not { } person
        )
        {
            return null;
        }

        var isNew = email.ToAddress == change.Email;
        if (isNew && await users.FindByEmailAsync(change.Email) is not null)
        {
            return new(
                $"You already have a {portal.Name} account",
                "You’re receiving this because your address was entered as the new one for an account.",
                $"Someone asked to use {change.Email} for another account. An email can only belong to one account, so nothing has changed."
            );
        }

        if (tokens.Open(isNew ? change.NewTokenSealed : change.OldTokenSealed) is not { } token)
        {
            return null;
        }

        var link = portal.Link($"/account/email/confirm?t={token}");
        return isNew
            ? new(
                $"Confirm your new email for {portal.Name}",
                [
                    $"{person.DisplayName.InMail} asked to sign in with {change.Email} from now on. If that’s you, confirm it here and in the email we sent to your current address. The link expires in 24 hours.",
                    "If you didn’t ask for this, ignore this email.",
                ],
                ("Confirm", link),
                [],
                "You’re receiving this because your address was entered as the new one for an account."
            )
            : new(
                "Confirm your email change",
                [
                    $"Someone (hopefully you) asked to change the sign-in email of your {portal.Name} account from {person.Email} to {change.Email}. The change takes effect once both addresses are confirmed. The link expires in 24 hours.",
                    "If this wasn’t you, cancel the change and change your password.",
                ],
                ("Review request", link),
                [],
                "You’re receiving this because it’s your account."
            );
    }
}
