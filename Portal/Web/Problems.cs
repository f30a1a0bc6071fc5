using Microsoft.AspNetCore.Http.HttpResults;

namespace Portal.Web;

/// <summary>All refusals of the APIs, as RFC 9457 problems with a stable <c>code</c>.</summary>
public static class Problems
{
    internal const string WidgetNotFoundCode = "widget_not_found";

    internal const string SessionRequiredCode = "session_required";

    public static ProblemHttpResult WidgetNotFound =>
        Problem(404, WidgetNotFoundCode, "Widget not found, or turned off.");

    public static ProblemHttpResult OriginNotAllowed =>
        Problem(
            403,
            "origin_not_allowed",
            "This widget isn't enabled for this website. Its owner can add the website under Customize, Allowed domains."
        );

    public static ProblemHttpResult SessionRequired =>
        Problem(401, SessionRequiredCode, "Send the session's token as Authorization: Bearer.");

    public static ProblemHttpResult SessionExpired =>
        Problem(401, "session_expired", "This session has ended. Resume it, or open a new one.");

    /// <param name="wait">Goes along as Retry-After.</param>
    public static ProblemHttpResult RateLimited(HttpResponse response, TimeSpan wait) =>
        Later(
            response,
            wait,
            Problem(429, "rate_limited", "Too many requests. Try again after the time in Retry-After.")
        );

    /// <param name="wait">Until the next day, or month, begins.</param>
    /// <param name="answer">What the visitor reads, in their language.</param>
    public static ProblemHttpResult WidgetOverBudget(HttpResponse response, TimeSpan wait, string answer) =>
        Later(
            response,
            wait,
            Problem(
                429,
                "widget_over_budget",
                "Message limit reached for this widget or client.",
                KeyValuePair.Create<string, object?>("answer", answer)
            )
        );

    public static ProblemHttpResult DemoClosed =>
        Problem(403, "widget_demo_closed", "This demo only works on its demo page.");

    public static ProblemHttpResult DemoUsedUp =>
        Problem(403, "widget_demo_used_up", "Message limit reached for this demo.");

    public static ProblemHttpResult MessageEmpty => Problem(400, "message_empty", "The message is empty.");

    public static ProblemHttpResult MessageTooLong(int limit) =>
        Problem(
            400,
            "message_too_long",
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"Messages can have up to {limit:N0} characters."
            )
        );

    public static ProblemHttpResult MessageNotFound =>
        Problem(404, "message_not_found", "Message not found in this conversation.");

    public static ProblemHttpResult CallbackNotFound =>
        Problem(404, "callback_not_found", "This callback URL is unknown, was already used, or is older than a day.");

    public static ProblemHttpResult InvalidRequest(string what) => Problem(400, "invalid_request", what);

    public static ProblemHttpResult TokenRequired =>
        Problem(401, "token_required", "Send a valid API token as Authorization: Bearer.");

    public static ProblemHttpResult ScopeMissing =>
        Problem(
            403,
            "scope_missing",
            "Token lacks the required scope. An admin can create another one under API tokens."
        );

    public static ProblemHttpResult ClientNotFound => Problem(404, "client_not_found", "Client not found.");

    public static ProblemHttpResult Unavailable =>
        Problem(
            503,
            "unavailable",
            "The portal can't take messages right now. Nothing is lost: try again in a few seconds."
        );

    /// <summary>Whether this refusal has one of these codes.</summary>
    internal static bool Is(this ProblemHttpResult problem, params ReadOnlySpan<string> codes) =>
        problem.ProblemDetails.Extensions.TryGetValue("code", out var code)
        && code is string text
        && codes.Contains(text);

    private static ProblemHttpResult Later(HttpResponse response, TimeSpan wait, ProblemHttpResult problem)
    {
        response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds))
            .ToString(System.Globalization.CultureInfo.InvariantCulture);
        return problem;
    }

    private static ProblemHttpResult Problem(
        int status,
        string code,
        string detail,
        params KeyValuePair<string, object?>[] more
    ) => TypedResults.Problem(detail, statusCode: status, extensions: [new("code", code), .. more]);
}
