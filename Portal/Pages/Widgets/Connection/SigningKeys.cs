using Portal.Chat;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets.Connection;

/// <summary>
/// The public halves of a widget's signing keys, to be pasted into n8n. None when its calls are not signed.
/// </summary>
public sealed record SigningKeys(Guid Id, string? Public, string? Next)
{
    /// <summary>See <see cref="ConcurrentEdits"/>.</summary>
    public string EditVersion => ConcurrentEdits.VersionOf(Public, Next);

    public static SigningKeys Of(Widget widget, WidgetCredentials credentials) =>
        new(widget.Id, credentials.PublicKey(widget), credentials.NextPublicKey(widget));
}
