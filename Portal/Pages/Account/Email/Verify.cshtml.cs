using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.Email;

/// <summary>
/// Where the link of a confirmation email leads. It has a button, because email filters open every link.
/// </summary>
[AllowAnonymous]
public sealed class VerifyModel(EmailConfirmations confirmations) : PageModel
{
    [BindProperty(Name = "u", SupportsGet = true)]
    public string? Id { get; set; }

    [BindProperty(Name = "t", SupportsGet = true)]
    public string? Token { get; set; }

    public User? Person { get; private set; }

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context) => Response.KeepAddressSecret();

    public async Task<IActionResult> OnGetAsync() => await OpenAsync() ? Page() : Gone();

    public async Task<IActionResult> OnPostAsync()
    {
        if (!await OpenAsync())
        {
            return Gone();
        }

        await confirmations.ConfirmAsync(Person!);
        return RedirectToPage(new { u = Id, t = Token });
    }

    private async Task<bool> OpenAsync() => (Person = await confirmations.OpenAsync(Id, Token)) is not null;

    private PageResult Gone()
    {
        Response.StatusCode = StatusCodes.Status410Gone;
        return Page();
    }
}
