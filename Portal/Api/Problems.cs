using Microsoft.AspNetCore.Http.HttpResults;

namespace Portal.Api;

/// <summary>Everything the APIs may refuse, as RFC 9457 problems with a stable <c>code</c>.</summary>
public static class Problems
{
    public static ProblemHttpResult WidgetNotFound => Problem(404, "widget_not_found", "There is no such widget, or it is switched off.");

    public static ProblemHttpResult OriginNotAllowed => Problem(403, "origin_not_allowed", "This website may not show this widget. Its owner can add the address under Customise, Allowed websites.");

    public static ProblemHttpResult SessionRequired => Problem(401, "session_required", "Send the session's token as Authorization: Bearer.");

    public static ProblemHttpResult SessionExpired => Problem(401, "session_expired", "This session has ended. Resume it, or open a new one.");

    public static ProblemHttpResult MessageEmpty => Problem(400, "message_empty", "The message is empty.");

    public static ProblemHttpResult MessageTooLong(int limit) => Problem(400, "message_too_long", $"A message may have {limit} characters.");

    public static ProblemHttpResult MessageNotFound => Problem(404, "message_not_found", "There is no such message in this conversation.");

    public static ProblemHttpResult CallbackNotFound => Problem(404, "callback_not_found", "This callback address was used already, is older than a day, or never was.");

    public static ProblemHttpResult InvalidRequest(string what) => Problem(400, "invalid_request", what);

    public static ProblemHttpResult Unavailable => Problem(503, "unavailable", "The portal cannot take messages at this moment. Nothing is lost: try again in a few seconds.");

    private static ProblemHttpResult Problem(int status, string code, string detail) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code)]);
}
