using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using Portal.Accounts;
using Portal.Mail;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.Password;

/// <summary>
/// Emails a link to people who forgot their password. The response is the same for addresses without an account.
/// </summary>
[AllowAnonymous]
public sealed class ForgotModel(AccountsDb db, UserManager<User> users, SignInLimits limits, IOptions<MailOptions> mail)
    : PageModel
{
    public const string Nobody = "nobody";

    [BindProperty]
    public Form Input { get; set; } = new();

    public bool CanSend => mail.Value.IsConfigured;

    /// <summary>The address that a link was sent to, if it has an account.</summary>
    public string? SentTo { get; private set; }

    public void OnGet() => SentTo = this.TakeShown<Sent>()?.Email;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!CanSend || !ModelState.IsValid)
        {
            return this.Invalid();
        }

        if ((await limits.MailAsync(HttpContext, Input.Email.Trim(), cancellationToken)).Wait is { } wait)
        {
            return this.TooMany(wait, "Input.Email");
        }

        // A row is written for an unknown address too, so that the response takes as long: an email with a template
        // that does not exist is never sent.
        var user = await users.FindByEmailAsync(Input.Email.Trim());
        db.Add(
            new Model.Email
            {
                ClientId = user?.ClientId,
                UserId = user?.Id,
                Template = user is null ? Nobody : PasswordResetEmail.Template,
                ToAddress = user?.Email ?? Nobody,
                ToName = user?.DisplayName,
            }
        );
        await db.SaveChangesAsync(cancellationToken);
        this.ShowOnce(new Sent(Input.Email));
        return RedirectToPage();
    }

    public sealed record Sent(string Email);

    public sealed class Form
    {
        [
            Required(ErrorMessage = "Enter your email address."),
            EmailAddress(ErrorMessage = "Enter a valid email address."),
            StringLength(256, ErrorMessage = "Up to {1} characters.")
        ]
        public string Email { get; set; } = "";
    }
}
