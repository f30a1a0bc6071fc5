using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Asks the old and the new address of an account whether it may move.</summary>
public sealed class EmailChangeEmail(AccountsDb db, UserManager<User> users, LinkTokens tokens, PortalOptions portal, TimeProvider clock) : IEmailTemplate
{
    public static string Template => "email-change";

    public static string Title => "Change of address";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        if (await db.EmailChanges.SingleOrDefaultAsync(change => change.Id == email.About, cancellationToken) is not { } change || !change.IsOpen(clock.GetUtcNow())
            || await users.FindByIdAsync(change.UserId.ToString()) is not { } person)
        {
            return null;
        }

        var isNew = email.ToAddress == change.Email;
        if (isNew && await users.FindByEmailAsync(change.Email) is not null)
        {
            return new(
                $"You have a {portal.Name} account already",
                "You get this because your address was entered as the new one of an account.",
                $"Somebody wanted to sign in to another account with {change.Email}. One address belongs to one account, so nothing has changed.");
        }

        if (tokens.Open(isNew ? change.NewTokenSealed : change.OldTokenSealed) is not { } token)
        {
            return null;
        }

        var link = portal.Link($"/account/email/confirm?t={token}");
        return isNew
            ? new(
                $"Is this your new address for {portal.Name}?",
                [$"{person.DisplayName.InMail} wants to sign in with {change.Email} from now on. If that is you, say yes here, and in the mail that went to the old address.", "If you know nothing of it, do nothing. The link works for a day."],
                ("Yes, it is mine", link),
                [],
                "You get this because your address was entered as the new one of an account.")
            : new(
                $"Your {portal.Name} account is to get another address",
                [$"Somebody, we hope you, wants to sign in to your account with {change.Email} instead of {person.Email}. It happens once both addresses have said yes.", "If it was not you, say no, and choose a new password. The link works for a day."],
                ("Yes or no", link),
                [],
                "You get this because it is your account.");
    }
}
