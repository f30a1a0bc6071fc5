using Microsoft.AspNetCore.Identity;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Sends the link with which a person sets a new password.</summary>
public sealed class PasswordResetEmail(UserManager<User> users, PasswordLinks links, PortalOptions portal)
    : IEmailTemplate
{
    public static string Template => "reset";

    public static string Title => "Password reset";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        if (
            email.UserId is not { } id
            || await users.FindByIdAsync(id.ToString()) is not { } user
            || user.Email != email.ToAddress
        )
        {
            return null;
        }

        return new(
            $"Reset your {portal.Name} password",
            [
                $"We received a request to reset the password for {user.Email}. The link works once and expires in 24 hours.",
                "If you didn’t ask for this, ignore this email: your password stays the same.",
            ],
            ("Reset password", await links.ToMailAsync(user)),
            [],
            "You’re receiving this because your address was entered under “Forgot password?”."
        );
    }
}
