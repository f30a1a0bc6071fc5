using Portal.Hosting;
using Portal.Model;

namespace Portal.Mail;

/// <summary>Shows an admin that mails arrive.</summary>
public sealed class TestEmail(PortalOptions portal) : IEmailTemplate
{
    public static string Template => "test";

    public static string Title => "Test mail";

    public Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken) => Task.FromResult<EmailTemplate?>(new(
        $"Mails of {portal.Name} arrive",
        "You get this because you asked for a test mail on the portal’s mail page.",
        "This is the test mail you asked for. Invitations, password links and alerts will reach people the same way."));
}
