using Microsoft.AspNetCore.Identity;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>A link with which somebody who forgot their password chooses a new one.</summary>
public sealed class PasswordResetEmail(UserManager<User> users, PasswordLinks links, PortalOptions portal) : IEmailTemplate
{
    public static string Template => "reset";

    public static string Title => "New password";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        if (email.UserId is not { } id || await users.FindByIdAsync(id.ToString()) is not { } user || user.Email != email.ToAddress)
        {
            return null;
        }

        return new(
            $"Choose a new password for {portal.Name}",
            [$"Somebody, we hope you, asked for a new password for {user.Email}. The link works once, for a day.", "If it was not you, do nothing: your password stays as it is."],
            ("Choose a new password", await links.ForAsync(user)),
            [],
            "You get this because your address was entered under “Forgotten your password?”.");
    }
}
