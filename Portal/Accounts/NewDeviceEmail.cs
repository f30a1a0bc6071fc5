using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Tells somebody that their account was used in a browser that it was never used in.</summary>
public sealed class NewDeviceEmail(AccountsDb db, PortalOptions portal) : IEmailTemplate
{
    public static string Template => "new-device";

    public static string Title => "Sign-in from a new device";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        if (await db.Sessions.AsNoTracking().SingleOrDefaultAsync(session => session.Id == email.About, cancellationToken) is not { } session)
        {
            return null;
        }

        return new(
            $"A sign-in to {portal.Name} from a new device",
            ["Somebody, we hope you, signed in to your account in a browser that we have not seen with it before.", "If it was not you, end that session, then choose a new password: that ends all the others too."],
            ("Your sessions", portal.Link("/account/sessions")),
            [("Device", KnownDeviceCookie.NameOf(session.Browser)), ("Address", KnownDeviceCookie.AddressOf(session.Address) ?? "unknown"), ("When", session.CreatedAt.ToString("d MMMM yyyy, HH:mm 'UTC'", System.Globalization.CultureInfo.GetCultureInfo("en-GB")))],
            "You get this because it is your account.");
    }
}
