using Portal.Hosting;
using Portal.Model;

namespace Portal.Mail;

/// <summary>Shows an admin that emails are delivered.</summary>
public sealed class TestEmail(PortalOptions portal) : IEmailTemplate
{
    public static string Template => "test";

    public static string Title => "Test email";

    public Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken) =>
        Task.FromResult<EmailTemplate?>(
            new(
                $"{portal.Name} can send email",
                "You’re receiving this because you sent a test email from the portal’s email log.",
                "This is the test email you requested. Invitations, password links and alerts reach people the same way."
            )
        );
}
