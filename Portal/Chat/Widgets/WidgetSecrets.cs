using System.Security.Cryptography;
using System.Text;
using Portal.Secrets;

namespace Portal.Chat;

/// <summary>The secrets of widgets: generated here, encrypted for their own row, decrypted only for use.</summary>
public sealed class WidgetSecrets(SecretProtector box)
{
    /// <summary>A new session key, encrypted for its row.</summary>
    public string Create(Guid clientId, Guid widgetId) =>
        box.Seal(
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            Place("widget_secret", clientId, widgetId)
        );

    /// <summary>
    /// The session key of a widget. One that was written into the row by hand, unencrypted, is used as it is.
    /// </summary>
    public byte[] Open(string stored, Guid clientId, Guid widgetId) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(box.Open(stored, Place("widget_secret", clientId, widgetId))));

    public string OpenAuthSecret(string stored, Guid clientId, Guid widgetId) =>
        box.Open(stored, Place("webhook_auth_secret", clientId, widgetId));

    public string SealAuthSecret(string plain, Guid clientId, Guid widgetId) =>
        box.Seal(plain, Place("webhook_auth_secret", clientId, widgetId));

    public string OpenNextSecret(string stored, Guid clientId, Guid widgetId) =>
        box.Open(stored, Place("webhook_next_secret", clientId, widgetId));

    public string SealNextSecret(string plain, Guid clientId, Guid widgetId) =>
        box.Seal(plain, Place("webhook_next_secret", clientId, widgetId));

    private static SecretContext Place(string column, Guid clientId, Guid widgetId) =>
        new("widgets", column, clientId, widgetId);
}
