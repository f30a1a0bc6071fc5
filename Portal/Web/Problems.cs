using Microsoft.AspNetCore.Http.HttpResults;

namespace Portal.Web;

/// <summary>Everything the APIs may refuse, as RFC 9457 problems with a stable <c>code</c>.</summary>
public static class Problems
{
    internal const string WidgetNotFoundCode = "widget_not_found";

    internal const string SessionRequiredCode = "session_required";

    public static ProblemHttpResult WidgetNotFound => Problem(404, WidgetNotFoundCode, "There is no such widget, or it is switched off.");

    public static ProblemHttpResult OriginNotAllowed => Problem(403, "origin_not_allowed", "This website may not show this widget. Its owner can add the address under Customise, Allowed websites.");

    public static ProblemHttpResult SessionRequired => Problem(401, SessionRequiredCode, "Send the session's token as Authorization: Bearer.");

    public static ProblemHttpResult SessionExpired => Problem(401, "session_expired", "This session has ended. Resume it, or open a new one.");

    /// <param name="wait">Goes along as Retry-After.</param>
    public static ProblemHttpResult RateLimited(HttpResponse response, TimeSpan wait) =>
        Later(response, wait, Problem(429, "rate_limited", "Too many calls. Try again after the time in Retry-After."));

    /// <param name="wait">Until the next day, or month, begins.</param>
    /// <param name="answer">What the visitor reads, in their language.</param>
    public static ProblemHttpResult WidgetOverBudget(HttpResponse response, TimeSpan wait, string answer) =>
        Later(response, wait, Problem(429, "widget_over_budget", "This widget has used up the messages of its day, or its owner those of the month.", KeyValuePair.Create<string, object?>("answer", answer)));

    public static ProblemHttpResult DemoClosed => Problem(403, "widget_demo_closed", "This demo is talked to on its own page, behind its link.");

    public static ProblemHttpResult DemoUsedUp => Problem(403, "widget_demo_used_up", "All messages of this demo are used up.");

    public static ProblemHttpResult MessageEmpty => Problem(400, "message_empty", "The message is empty.");

    public static ProblemHttpResult MessageTooLong(int limit) => Problem(400, "message_too_long", $"A message may have {limit} characters.");

    public static ProblemHttpResult MessageNotFound => Problem(404, "message_not_found", "There is no such message in this conversation.");

    public static ProblemHttpResult CallbackNotFound => Problem(404, "callback_not_found", "This callback address was used already, is older than a day, or never was.");

    public static ProblemHttpResult InvalidRequest(string what) => Problem(400, "invalid_request", what);

    public static ProblemHttpResult TokenRequired => Problem(401, "token_required", "Send an admin's access token that is still good as Authorization: Bearer.");

    public static ProblemHttpResult ScopeMissing => Problem(403, "scope_missing", "This access token is not good for that. An admin can make another one under Access tokens.");

    public static ProblemHttpResult ClientNotFound => Problem(404, "client_not_found", "There is no such client.");

    public static ProblemHttpResult Unavailable => Problem(503, "unavailable", "The portal cannot take messages at this moment. Nothing is lost: try again in a few seconds.");

    /// <summary>Whether this refusal carries one of these codes.</summary>
    internal static bool Is(this ProblemHttpResult problem, params ReadOnlySpan<string> codes) =>
        problem.ProblemDetails.Extensions.TryGetValue("code", out var code) && code is string text && codes.Contains(text);

    private static ProblemHttpResult Later(HttpResponse response, TimeSpan wait, ProblemHttpResult problem)
    {
        response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return problem;
    }

    private static ProblemHttpResult Problem(int status, string code, string detail, params KeyValuePair<string, object?>[] more) =>
        TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code), .. more]);
}
