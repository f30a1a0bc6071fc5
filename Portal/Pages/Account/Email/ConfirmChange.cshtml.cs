using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.Email;

/// <summary>
/// Where the old and the new address confirm or cancel a change. Opening the link does nothing yet, because email
/// filters open links.
/// </summary>
[AllowAnonymous]
public sealed class ConfirmChangeModel(EmailChangeService changes, SignInManager<User> signIn) : PageModel
{
    [BindProperty(Name = "t", SupportsGet = true)]
    public string? Token { get; set; }

    public EmailChangeService.Asked? Asked { get; private set; }
    public string? Outcome { get; private set; }

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context) => Response.KeepAddressSecret();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        Outcome = this.TakeShown<Answered>()?.Text;
        return Outcome is not null || await OpenAsync(cancellationToken) ? Page() : Gone();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!await OpenAsync(cancellationToken))
        {
            return Gone();
        }

        var (change, person, isNew) = Asked!;
        switch (await changes.ConfirmAsync(Asked, cancellationToken))
        {
            case null:
                Asked = null;
                return Gone();
            case false:
                return Show(
                    $"Confirmed. The change takes effect once {(isNew ? "the current address" : change.Email)} is confirmed, too."
                );
            default:
                if (User.Identity?.IsAuthenticated == true && User.PersonId == person.Id)
                {
                    await signIn.RefreshSignInAsync(person);
                }

                return Show(
                    $"Email changed. Sign in with {change.Email} from now on. You’re signed out everywhere else."
                );
        }
    }

    public async Task<IActionResult> OnPostNoAsync(CancellationToken cancellationToken)
    {
        if (!await OpenAsync(cancellationToken))
        {
            return Gone();
        }

        await changes.CancelAsync(Asked!.Person, cancellationToken);
        return Show("Email change canceled. If you didn’t request it, change your password.");
    }

    private RedirectToPageResult Show(string outcome)
    {
        this.ShowOnce(new Answered(outcome));
        return RedirectToPage(new { t = Token });
    }

    private async Task<bool> OpenAsync(CancellationToken cancellationToken) =>
        (Asked = await changes.OpenAsync(Token, cancellationToken)) is not null;

    private PageResult Gone()
    {
        Response.StatusCode = StatusCodes.Status410Gone;
        return Page();
    }

    public sealed record Answered(string Text);
}
