using Portal.Model;

namespace Portal.Webhooks;

/// <summary>A widget's connection to its bot, with its secret open.</summary>
/// <param name="ClientId">Whose share of all calls it takes from.</param>
/// <param name="AuthName">Header: the header's name. Basic: the user.</param>
/// <param name="AuthSecret">Header: its value. Basic: the password. Signed: the private key as PEM, see <see
/// cref="CallKey"/>.</param>
/// <param name="AnswerPath">Where the answer stands in the reply, such as <c>data.reply</c> or <c>[0].text</c>; null
/// for the usual places.</param>
/// <param name="AnswersLater">An acknowledgement is fine, because the answer comes to the callback address.</param>
public sealed record WebhookTarget(
    Guid WidgetId,
    Guid ClientId,
    string Url,
    WebhookAuth Auth,
    string? AuthName,
    string? AuthSecret,
    TimeSpan Timeout,
    string? AnswerPath = null,
    bool AnswersLater = false
);
