using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

/// <summary>
/// Invites a person, or asks somebody who signed up to confirm their address. Resent emails contain the same link.
/// </summary>
public sealed class InvitationEmail(
    AccountsDb db,
    UserManager<User> users,
    InvitationService desk,
    PortalOptions portal,
    TimeProvider clock
) : IEmailTemplate
{
    public static string Template => "invitation";

    public static string Title => "Invitation";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (
            await db.Invitations.SingleOrDefaultAsync(invitation => invitation.Id == email.About, cancellationToken)
                is not { } invitation
            || !invitation.IsOpen(now)
        )
        {
            return null;
        }

        // Only the owner of the mailbox may learn that there is an account, not the person who filled in the form.
        if (invitation.IsSignUp && await users.FindByEmailAsync(invitation.Email) is not null)
        {
            return new(
                $"You already have a {portal.Name} account",
                [
                    $"Someone (hopefully you) tried to sign up with {invitation.Email}. You can sign in with this address, and reset your password if you forgot it.",
                ],
                ("Sign in", portal.Link(AccessPolicies.SignInPath)),
                [],
                "You’re receiving this because your address was entered on the sign-up page."
            );
        }

        var business = (await desk.BusinessAsync(invitation, cancellationToken)).InMail;
        var link = desk.LinkOf(invitation);
        invitation.Sent(now);
        await db.SaveChangesAsync(cancellationToken);
        return invitation.IsSignUp
            ? new(
                $"Confirm your email for {portal.Name}",
                [
                    $"Set your password to create {business}’s workspace. The link works once and expires in 7 days.",
                    "If you didn’t sign up, ignore this email: no account is created.",
                ],
                ("Set password", link),
                [],
                "You’re receiving this because your address was entered on the sign-up page."
            )
            : new(
                $"{invitation.InvitedByName.InMail} invited you to {business}",
                [
                    $"You’ve been invited to manage {business}’s chat on {portal.Name}. Set a password to get started. The link works once and expires in 7 days.",
                ],
                ("Accept invitation", link),
                [("You sign in as", invitation.Email), ("Role", invitation.Role.ToString())],
                "You’re receiving this because your address was entered in an invitation. If you weren’t expecting it, ignore this email."
            );
    }
}
