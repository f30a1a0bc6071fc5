using System.Diagnostics;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Npgsql;
using Portal.Accounts;
using Portal.Web;

namespace Portal.Pages;

/// <summary>What people read when something went wrong. Machines under /api get the same as problem+json.</summary>
[AllowAnonymous, IgnoreAntiforgeryToken, ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
public sealed class ErrorModel : PageModel
{
    public int Code { get; private set; }

    public string RequestId => Activity.Current?.Id ?? HttpContext.TraceIdentifier;

    public string Title => Code switch
    {
        400 => "This request can’t be read",
        403 => "This page is not open to you",
        404 => "There is nothing here",
        405 => "That isn’t possible here",
        413 => "That is too large",
        429 => "That was a little fast",
        >= 500 => "Something broke on our side",
        _ => "That did not work",
    };

    public string Text => Code switch
    {
        400 => "The form is out of date, was sent from another window, or holds something that can’t be read. Go back, reload the page and try again.",
        403 when HttpContext.IsSuspended => "Your portal is suspended: its owners can read and export, and nothing changes. Whoever runs it for you can say why.",
        403 => "Your account may not see it. Whoever manages your team can change that.",
        404 => "The page was moved or deleted, or the address has a typing error in it.",
        405 => "This address doesn’t take requests of that kind. Open it in a browser.",
        413 => "Send less at once: a form or file may have 8 MB at most.",
        429 => $"Too many requests. Try again in {Wait}.",
        >= 500 => "Nothing you did is the cause. What you had saved is safe. Try again in a moment.",
        _ => "Go back and try again.",
    };

    // Of a refusal that says when to come back.
    private string Wait => int.TryParse(Response.Headers.RetryAfter, out var seconds) ? RetryAfterResult.Words(seconds) : "a minute";

    // What was sent is the fault when it was no request, or when the database could not take its words for text, dates or numbers.
    private static int Status(Exception error) => error switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        PostgresException
        {
            SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter
            or PostgresErrorCodes.InvalidDatetimeFormat or PostgresErrorCodes.DatetimeFieldOverflow or PostgresErrorCodes.NumericValueOutOfRange
        } => 400,
        { InnerException: { } inner } => Status(inner),
        _ => 500,
    };

    // From the address alone, which is ours here: the form that was refused may have a field of that name.
    public IActionResult OnGet([FromQuery] int? code) => Show(code);

    public IActionResult OnPost([FromQuery] int? code) => Show(code);

    private IActionResult Show(int? code)
    {
        var broken = HttpContext.Features.Get<IExceptionHandlerPathFeature>();
        var refused = HttpContext.Features.Get<IStatusCodeReExecuteFeature>();
        Code = broken is not null ? Status(broken.Error) : refused is not null ? code ?? 404 : 404;
        Response.StatusCode = Code;

        var path = new PathString(broken?.Path ?? refused?.OriginalPath ?? "/");
        return path.StartsWithSegments("/api")
            ? new ObjectResult(new ProblemDetails { Status = Code, Title = Title }) { StatusCode = Code, ContentTypes = { "application/problem+json" } }
            : Page();
    }
}
