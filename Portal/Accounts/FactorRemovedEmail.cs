using Portal.Hosting;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Notifies a person that a factor was removed from their account, in case it was not them.</summary>
public sealed class FactorRemovedEmail(PortalOptions portal) : IEmailTemplate
{
    public static string Template => "factor-removed";

    public static string Title => "Sign-in method removed";

    public Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken) =>
        Task.FromResult<EmailTemplate?>(
            new(
                $"A sign-in method was removed from your {portal.Name} account",
                [
                    $"Someone (hopefully you) removed {(email.Detail ?? "a sign-in method").InMail} from your account.",
                    FactorAdvice.IfNotYou,
                ],
                ("Review sign-in methods", portal.Link(TwoFactor.Path)),
                [],
                FactorAdvice.Why
            )
        );
}

/// <summary>
/// Notifies a person that a factor was added: one that somebody else added would survive a new password.
/// </summary>
public sealed class FactorAddedEmail(PortalOptions portal) : IEmailTemplate
{
    public static string Template => "factor-added";

    public static string Title => "Sign-in method added";

    public Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken) =>
        Task.FromResult<EmailTemplate?>(
            new(
                $"A sign-in method was added to your {portal.Name} account",
                [$"Someone (hopefully you) added {email.Detail} to your account.", FactorAdvice.IfNotYou],
                ("Review sign-in methods", portal.Link(TwoFactor.Path)),
                [],
                FactorAdvice.Why
            )
        );
}

internal static class FactorAdvice
{
    public const string Why = "You’re receiving this because it’s your account.";

    public const string IfNotYou =
        "If this wasn’t you, remove what you don’t recognize and reset your password. "
        + "If you can’t sign in, ask your portal administrator to reset your access: that removes every sign-in method.";
}
