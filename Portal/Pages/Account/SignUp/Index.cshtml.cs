using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.SignUp;

/// <summary>
/// Strangers create a client of their own, where the operator allows it. Only the email reveals whether the address has
/// an account.
/// </summary>
[AllowAnonymous]
public sealed class IndexModel(SignUpOptions options, InvitationService desk, SignInLimits limits) : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    public bool CanSend => desk.CanMail;
    public string? SentTo { get; private set; }

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        if (!options.IsOpen)
        {
            context.Result = NotFound();
        }
    }

    public void OnGet() => SentTo = this.TakeShown<Sent>()?.Email;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!CanSend || !ModelState.IsValid)
        {
            return this.Invalid();
        }

        var email = EmailAddresses.Clean(Input.Email);
        if ((await limits.MailAsync(HttpContext, email, cancellationToken)).Wait is { } wait)
        {
            return this.TooMany(wait, "Input.Email");
        }

        await desk.SignUpAsync(Input.Business.Trim(), email, Input.Name.Trim(), cancellationToken);
        this.ShowOnce(new Sent(Input.Email));
        return RedirectToPage();
    }

    public sealed record Sent(string Email);

    public sealed class Form
    {
        [BusinessName, Required(ErrorMessage = "Enter your company name.")]
        public string Business { get; set; } = "";

        [PersonName, Required(ErrorMessage = "Enter your name.")]
        public string Name { get; set; } = "";

        [Required(ErrorMessage = "Enter your email address."), MailAddress]
        public string Email { get; set; } = "";
    }
}
