using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

/// <summary>Invites somebody, or confirms the address of somebody who signed up. However often it is sent, its link is the same.</summary>
public sealed class InvitationEmail(AccountsDb db, UserManager<User> users, InvitationService desk, PortalOptions portal, TimeProvider clock) : IEmailTemplate
{
    public static string Template => "invitation";

    public static string Title => "Invitation";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await db.Invitations.SingleOrDefaultAsync(invitation => invitation.Id == email.About, cancellationToken) is not { } invitation || !invitation.IsOpen(now))
        {
            return null;
        }

        // Whoever filled in the form must not learn it; whoever has the mailbox may.
        if (invitation.IsSignUp && await users.FindByEmailAsync(invitation.Email) is not null)
        {
            return new(
                $"You have a {portal.Name} account already",
                [$"Somebody, we hope you, wanted to sign up with {invitation.Email}. You can sign in with it, and choose a new password if you forgot yours."],
                ("Sign in", portal.Link(AccessPolicies.SignInPath)),
                [],
                "You get this because your address was entered where one signs up.");
        }

        var business = (await desk.BusinessAsync(invitation, cancellationToken)).InMail;
        var link = desk.LinkOf(invitation);
        invitation.Sent(now);
        await db.SaveChangesAsync(cancellationToken);
        return invitation.IsSignUp
            ? new(
                $"Confirm your address for {portal.Name}",
                [$"{business} gets its own portal once you have chosen a password. The link works once, for seven days.", "If you know nothing of it, do nothing: no account is made."],
                ("Choose a password", link),
                [],
                "You get this because your address was entered where one signs up.")
            : new(
                $"{invitation.InvitedByName.InMail} invited you to {business}",
                [$"On {portal.Name} you see what visitors of {business} ask, and look after the chats that answer them. Choose a password, and you are in. The link works once, for seven days."],
                ("Join the team", link),
                [("You sign in as", invitation.Email), ("Role", invitation.Role.ToString())],
                "You get this because your address was entered in an invitation. If you know nothing of it, do nothing.");
    }
}
