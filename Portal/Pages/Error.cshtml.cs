using System.Diagnostics;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Npgsql;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages;

/// <summary>The error page for people. API clients under /api get problem+json instead.</summary>
[AllowAnonymous, IgnoreAntiforgeryToken, ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
public sealed class ErrorModel : PageModel
{
    private PathString _path;

    public int Code { get; private set; }

    public string RequestId => Activity.Current?.Id ?? HttpContext.TraceIdentifier;

    public string Title =>
        Code switch
        {
            400 => "This request couldn’t be processed",
            403 when HttpContext.IsSuspended => "Your workspace is suspended",
            403 => "You don’t have access to this page",
            404 => "Page not found",
            405 => "This isn’t available here",
            413 => "This is too large",
            429 => "Too many requests",
            >= 500 => "Something went wrong",
            _ => "That didn’t work",
        };

    public string Text =>
        Code switch
        {
            400 =>
                "The form has expired, was sent from another window, or contains something that can’t be read. Go back, reload the page and try again.",
            403 when HttpContext.IsSuspended =>
                "Owners can view and export data, but not make changes. Your portal administrator can tell you why.",
            403 when _path.StartsWithSegments("/admin") => "It’s for portal administrators only.",
            403 when User.IsAdmin && !User.IsViewing =>
                "It belongs to a client’s workspace. Open the client and choose View as client.",
            403 => "Ask an owner of your team for access.",
            404 => "It may have been moved or deleted, or the address is wrong.",
            405 => "This address doesn’t accept requests of this kind. Open it in a browser.",
            413 => "A form or file can be up to 8 MB. Send less at once.",
            429 => $"Try again in {Wait}.",
            >= 500 => "It’s not your fault, and your saved work is safe. Try again in a moment.",
            _ => "Go back and try again.",
        };

    // Of a refusal that says when to come back.
    private string Wait =>
        int.TryParse(Response.Headers.RetryAfter, out var seconds) ? RetryAfterResult.Words(seconds) : "a minute";

    // The request is to blame when it was malformed, or when the database could not read its values as text, dates or
    // numbers.
    private static int Status(Exception error) =>
        error switch
        {
            BadHttpRequestException bad => bad.StatusCode,
            PostgresException
            {
                SqlState: PostgresErrorCodes.CharacterNotInRepertoire
                    or PostgresErrorCodes.UntranslatableCharacter
                    or PostgresErrorCodes.InvalidDatetimeFormat
                    or PostgresErrorCodes.DatetimeFieldOverflow
                    or PostgresErrorCodes.NumericValueOutOfRange
            } => 400,
            { InnerException: { } inner } => Status(inner),
            _ => 500,
        };

    // From the query string alone, which is ours here: the refused form may have a field of that name.
    public IActionResult OnGet([FromQuery] int? code) => Show(code);

    public IActionResult OnPost([FromQuery] int? code) => Show(code);

    private IActionResult Show(int? code)
    {
        var broken = HttpContext.Features.Get<IExceptionHandlerPathFeature>();
        var refused = HttpContext.Features.Get<IStatusCodeReExecuteFeature>();
        Code =
            broken is not null ? Status(broken.Error)
            : refused is not null ? code ?? 404
            : 404;
        Response.StatusCode = Code;

        _path = new PathString(broken?.Path ?? refused?.OriginalPath ?? "/");
        return _path.StartsWithSegments("/api")
            ? new ObjectResult(new ProblemDetails { Status = Code, Title = Title })
            {
                StatusCode = Code,
                ContentTypes = { "application/problem+json" },
            }
            : Page();
    }
}
