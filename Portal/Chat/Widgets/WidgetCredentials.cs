using Portal.Model;
using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>
/// How a widget's workflow recognizes the portal's calls. Secrets are stored encrypted and never shown again; of a
/// signing key only the public half is shown. A key is replaced by overlap: create the next one, add it to n8n, test
/// it, activate it.
/// </summary>
public sealed class WidgetCredentials(WidgetSecrets secrets)
{
    public void CallOpenly(Widget widget) => widget.Authenticate(WebhookAuth.None, null, null);

    /// <returns>A sentence for the form, or null when it is done.</returns>
    public string? SendHeader(Widget widget, string name, string value)
    {
        if (!WebhookRequest.IsHeaderName(name))
        {
            return "This header name isn’t allowed. Use one such as X-Portal-Key.";
        }

        if (string.IsNullOrWhiteSpace(value) || value.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            return "Enter the header’s value on one line.";
        }

        widget.Authenticate(WebhookAuth.Header, name, secrets.SealAuthSecret(value.Trim(), widget.ClientId, widget.Id));
        return null;
    }

    /// <returns>A sentence for the form, or null when it is done.</returns>
    public string? SendPassword(Widget widget, string user, string password)
    {
        if (string.IsNullOrWhiteSpace(user) || user.Contains(':', StringComparison.Ordinal) || user.Any(char.IsControl))
        {
            return "Enter a user name without a colon.";
        }

        if (string.IsNullOrEmpty(password))
        {
            return "Enter a password.";
        }

        widget.Authenticate(
            WebhookAuth.Basic,
            user.Trim(),
            secrets.SealAuthSecret(password, widget.ClientId, widget.Id)
        );
        return null;
    }

    /// <summary>Turns signing on, with a new key unless it is on already.</summary>
    public void Sign(Widget widget)
    {
        if (widget.WebhookAuth != WebhookAuth.Signed || widget.WebhookAuthSecret is null)
        {
            widget.Authenticate(
                WebhookAuth.Signed,
                null,
                secrets.SealAuthSecret(CallKey.Create(), widget.ClientId, widget.Id)
            );
        }
    }

    /// <summary>What the client pastes into n8n's JWT credential (SPKI, PEM). Null when calls are not signed.</summary>
    public string? PublicKey(Widget widget) =>
        widget is { WebhookAuth: WebhookAuth.Signed, WebhookAuthSecret: { } key }
            ? CallKey.PublicPem(secrets.OpenAuthSecret(key, widget.ClientId, widget.Id))
            : null;

    /// <summary>The next key; null when none was created.</summary>
    public string? NextPublicKey(Widget widget) =>
        widget.WebhookNextSecret is { } key
            ? CallKey.PublicPem(secrets.OpenNextSecret(key, widget.ClientId, widget.Id))
            : null;

    /// <summary>Creates the next key, in place of an unused one. Calls are still signed with the current key.</summary>
    public void MakeNextKey(Widget widget) =>
        widget.PrepareKey(secrets.SealNextSecret(CallKey.Create(), widget.ClientId, widget.Id));

    /// <summary>Activates the next key. False when there is none.</summary>
    public bool SwitchToNextKey(Widget widget)
    {
        if (widget.WebhookNextSecret is not { } key)
        {
            return false;
        }

        // Encrypted again for its new column.
        var open = secrets.OpenNextSecret(key, widget.ClientId, widget.Id);
        widget.Authenticate(WebhookAuth.Signed, null, secrets.SealAuthSecret(open, widget.ClientId, widget.Id));
        return true;
    }

    public void DropNextKey(Widget widget) => widget.PrepareKey(null);

    /// <summary>The widget's connection as it stands in the row, for a test call.</summary>
    /// <param name="withNextKey">Signed with the key that is to come.</param>
    public WebhookTarget Target(Widget widget, bool withNextKey = false)
    {
        var next = withNextKey ? widget.WebhookNextSecret : null;
        return new(
            widget.Id,
            widget.ClientId,
            widget.WebhookUrl,
            next is null ? widget.WebhookAuth : WebhookAuth.Signed,
            next is null ? widget.WebhookAuthName : null,
            next is not null ? secrets.OpenNextSecret(next, widget.ClientId, widget.Id)
                : widget.WebhookAuthSecret is { } secret ? secrets.OpenAuthSecret(secret, widget.ClientId, widget.Id)
                : null,
            TimeSpan.FromSeconds(widget.TimeoutSeconds),
            widget.AnswerPath,
            widget.AnswersLater
        );
    }
}
