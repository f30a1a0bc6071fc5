using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Notifies a person that their account was used in a new browser.</summary>
public sealed class NewDeviceEmail(AccountsDb db, PortalOptions portal) : IEmailTemplate
{
    public static string Template => "new-device";

    public static string Title => "New sign-in";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        if (
            await db
                .Sessions.AsNoTracking()
                .SingleOrDefaultAsync(session => session.Id == email.About, cancellationToken)
            is not { } session
        )
        {
            return null;
        }

        return new(
            $"New sign-in to {portal.Name}",
            [
                "Someone (hopefully you) signed in to your account from a device we don’t recognize.",
                "If this wasn’t you, sign out of that session, then change your password: that signs out all other sessions, too.",
            ],
            ("View sessions", portal.Link("/account/sessions")),
            [
                ("Device", KnownDeviceCookie.NameOf(session.Browser)),
                ("IP address", KnownDeviceCookie.AddressOf(session.Address) ?? "Unknown"),
                (
                    "Time",
                    session.CreatedAt.ToString(
                        "d MMMM yyyy, HH:mm 'UTC'",
                        System.Globalization.CultureInfo.GetCultureInfo("en-GB")
                    )
                ),
            ],
            "You’re receiving this because it’s your account."
        );
    }
}
