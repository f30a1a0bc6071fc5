using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Mail;

/// <summary>Tells somebody that a factor was taken off their account, in case it was not them.</summary>
public sealed class FactorLetter(PortalOptions portal) : ILetterWriter
{
    public static string Template => "factor-removed";

    public static string Title => "Factor removed";

    public Task<Letter?> WriteAsync(Email email, CancellationToken abort) => Task.FromResult<Letter?>(new(
        $"Your {portal.Name} account has lost a factor",
        [$"Somebody, we hope you, removed {(email.Detail ?? "a factor").InMail} from your account.", "If it was not you, choose a new password at once: that ends all other sessions. Then tell whoever runs the portal for you."],
        ("Your account", portal.Link(Factors.Path)),
        [],
        "You get this because it is your account."));
}
