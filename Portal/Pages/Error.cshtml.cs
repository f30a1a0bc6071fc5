using System.Diagnostics;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Infrastructure;

namespace Portal.Pages;

/// <summary>What people read when something went wrong. Machines under /api get the same as problem+json.</summary>
[AllowAnonymous, IgnoreAntiforgeryToken, ResponseCache(NoStore = true, Location = ResponseCacheLocation.None)]
public sealed class ErrorModel : PageModel
{
    public int Code { get; private set; }

    public string RequestId => Activity.Current?.Id ?? HttpContext.TraceIdentifier;

    public string Title => Code switch
    {
        400 => "That did not arrive in one piece",
        403 => "This page is not open to you",
        404 => "There is nothing here",
        429 => "That was a little fast",
        >= 500 => "Something broke on our side",
        _ => "That did not work",
    };

    public string Text => Code switch
    {
        400 => "The form was too old, or was sent from another window. Go back, load the page again and repeat the last step.",
        403 when HttpContext.IsSuspended => "Your portal is suspended: its owners can read and export, and nothing changes. Whoever runs it for you can say why.",
        403 => "Your account may not see it. Whoever manages your team can change that.",
        404 => "The page was moved or deleted, or the address has a typing error in it.",
        429 => "Wait a minute and try again.",
        >= 500 => "Nothing you did is the cause. What you had saved is safe. Try again in a moment.",
        _ => "Go back and try again.",
    };

    // From the address alone, which is ours here: the form that was refused may have a field of that name.
    public IActionResult OnGet([FromQuery] int? code) => Show(code);

    public IActionResult OnPost([FromQuery] int? code) => Show(code);

    private IActionResult Show(int? code)
    {
        var broken = HttpContext.Features.Get<IExceptionHandlerPathFeature>();
        var refused = HttpContext.Features.Get<IStatusCodeReExecuteFeature>();
        Code = broken is not null ? 500 : refused is not null ? code ?? 404 : 404;
        Response.StatusCode = Code;

        var path = new PathString(broken?.Path ?? refused?.OriginalPath ?? "/");
        return path.StartsWithSegments("/api")
            ? new ObjectResult(new ProblemDetails { Status = Code, Title = Title }) { StatusCode = Code, ContentTypes = { "application/problem+json" } }
            : Page();
    }
}
