using System.Globalization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Portal.Chat;
using Portal.Model;
using Portal.Web;
using Portal.Webhooks;

namespace Portal.Pages.Widgets.Connection;

/// <summary>The form for a widget's webhook and authentication. It accepts secrets and never returns them.</summary>
public sealed class ConnectionForm
{
    private const string AgainForNewPlace = "The URL’s host has changed. Re-enter the credential to confirm.";

    public string? WebhookUrl { get; set; }

    /// <summary>As it was typed.</summary>
    public string? TimeoutSeconds { get; set; }

    /// <summary>A <see cref="WebhookAuth"/> by its name.</summary>
    public string Auth { get; set; } = nameof(WebhookAuth.None);

    public string? HeaderName { get; set; }

    /// <summary>Empty: the saved one is kept.</summary>
    public string? HeaderValue { get; set; }

    public string? Account { get; set; }

    /// <summary>Empty: the saved one is kept.</summary>
    public string? AccountPassword { get; set; }

    public string? Answer { get; set; }
    public bool Later { get; set; }

    /// <summary>The kind of secret that is saved, and can be kept.</summary>
    [BindNever]
    public WebhookAuth Saved { get; set; }

    /// <summary>Changes with the saved secret.</summary>
    [BindNever]
    public string? SecretStamp { get; set; }

    /// <summary>See <see cref="ConcurrentEdits"/>.</summary>
    [BindNever]
    public string EditVersion { get; set; } = "";

    public int? Seconds =>
        int.TryParse(TimeoutSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds is >= 5 and <= 600
            ? seconds
            : null;

    public static ConnectionForm Of(Widget widget) =>
        new()
        {
            WebhookUrl = widget.WebhookUrl,
            TimeoutSeconds = widget.TimeoutSeconds.ToString(CultureInfo.InvariantCulture),
            Auth = widget.WebhookAuth.ToString(),
            HeaderName = widget.WebhookAuth == WebhookAuth.Header ? widget.WebhookAuthName : null,
            Account = widget.WebhookAuth == WebhookAuth.Basic ? widget.WebhookAuthName : null,
            Answer = widget.AnswerPath,
            Later = widget.AnswersLater,
            Saved = SavedOf(widget),
            SecretStamp = widget.WebhookAuthSecret,
        };

    public static WebhookAuth SavedOf(Widget widget) =>
        widget.WebhookAuthSecret is null ? WebhookAuth.None : widget.WebhookAuth;

    /// <summary>The values as the form shows them.</summary>
    public IReadOnlyList<EditField> Shown() =>
        [
            new("Webhook URL", WebhookUrl?.Trim()),
            new("Authentication", NameOf(Auth)),
            new("Header name", Auth == nameof(WebhookAuth.Header) ? HeaderName?.Trim() : null),
            new("User", Auth == nameof(WebhookAuth.Basic) ? Account?.Trim() : null),
            new("Secret", NewSecret ? "a new one" : null, SecretStamp),
            new("Timeout (seconds)", TimeoutSeconds?.Trim()),
            new("Answer field", Answer?.Trim()),
            new("Asynchronous replies", Later ? "on" : "off"),
        ];

    private static string NameOf(string auth) =>
        auth switch
        {
            nameof(WebhookAuth.None) => "None",
            nameof(WebhookAuth.Basic) => "Basic auth",
            nameof(WebhookAuth.Header) => "Header auth",
            nameof(WebhookAuth.Signed) => "Signed requests",
            _ => auth,
        };

    private bool NewSecret =>
        Auth switch
        {
            nameof(WebhookAuth.Header) => !string.IsNullOrEmpty(HeaderValue),
            nameof(WebhookAuth.Basic) => !string.IsNullOrEmpty(AccountPassword),
            _ => false,
        };

    /// <summary>
    /// Applies the form to the widget. Errors are added to their fields, and then nothing may be saved.
    /// </summary>
    public void Apply(Widget widget, WebhookUrl addresses, WidgetCredentials credentials, ModelStateDictionary state)
    {
        WebhookUrl = addresses.Corrected(WebhookUrl);
        if (addresses.Refusal(WebhookUrl) is { } refusal)
        {
            state.AddModelError(nameof(WebhookUrl), refusal);
        }

        if (Seconds is null)
        {
            state.AddModelError(nameof(TimeoutSeconds), "Enter 5 to 600 seconds.");
        }

        if (Answer?.Length > 100 || Answer?.Any(c => char.IsControl(c)) == true)
        {
            state.AddModelError(
                nameof(Answer),
                "Enter a path of up to 100 characters, such as data.reply or [0].text."
            );
        }

        Authenticate(widget, credentials, state);
        if (state.IsValid)
        {
            widget.Connect(WebhookUrl, Seconds);
            widget.ReadAnswers(string.IsNullOrWhiteSpace(Answer) ? null : Answer.Trim(), Later);
        }
    }

    private void Authenticate(Widget widget, WidgetCredentials credentials, ModelStateDictionary state)
    {
        switch (Auth)
        {
            case nameof(WebhookAuth.None):
                credentials.CallOpenly(widget);
                break;
            case nameof(WebhookAuth.Header):
                SendHeader(widget, credentials, state);
                break;
            case nameof(WebhookAuth.Basic):
                SendPassword(widget, credentials, state);
                break;
            case nameof(WebhookAuth.Signed):
                credentials.Sign(widget);
                break;
            default:
                state.AddModelError(nameof(Auth), "Choose an authentication method.");
                break;
        }
    }

    private void SendHeader(Widget widget, WidgetCredentials credentials, ModelStateDictionary state)
    {
        var name = HeaderName?.Trim() ?? "";
        if (!WebhookRequest.IsHeaderName(name))
        {
            state.AddModelError(
                nameof(HeaderName),
                name.Length == 0
                    ? "Enter the header’s name, such as X-Portal-Key."
                    : "This header name isn’t allowed. Use one such as X-Portal-Key."
            );
        }
        else if (string.IsNullOrEmpty(HeaderValue) && SavedOf(widget) == WebhookAuth.Header)
        {
            Keep(widget, name, nameof(HeaderValue), state);
        }
        else if (credentials.SendHeader(widget, name, HeaderValue ?? "") is { } sentence)
        {
            state.AddModelError(nameof(HeaderValue), sentence);
        }
    }

    private void SendPassword(Widget widget, WidgetCredentials credentials, ModelStateDictionary state)
    {
        if (
            string.IsNullOrEmpty(AccountPassword)
            && SavedOf(widget) == WebhookAuth.Basic
            && Account?.Trim() is { Length: > 0 } user
            && !user.Contains(':', StringComparison.Ordinal)
        )
        {
            Keep(widget, user, nameof(AccountPassword), state);
        }
        else if (credentials.SendPassword(widget, Account ?? "", AccountPassword ?? "") is { } sentence)
        {
            state.AddModelError(
                sentence.Contains("password", StringComparison.Ordinal) ? nameof(AccountPassword) : nameof(Account),
                sentence
            );
        }
    }

    // Otherwise an editor could have the secret sent to a server of their own, and read it there.
    private void Keep(Widget widget, string name, string field, ModelStateDictionary state)
    {
        if (Host(WebhookUrl) != Host(widget.WebhookUrl))
        {
            state.AddModelError(field, AgainForNewPlace);
        }
        else
        {
            widget.Authenticate(widget.WebhookAuth, name, widget.WebhookAuthSecret);
        }
    }

    private static string? Host(string? address) =>
        Uri.TryCreate(address?.Trim(), UriKind.Absolute, out var url) ? $"{url.Scheme}://{url.Authority}" : null;
}
