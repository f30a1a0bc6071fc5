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

/// <summary>Mails a link to whoever forgot their password. The answer is the same for addresses that nobody has.</summary>
[AllowAnonymous]
public sealed class ForgotModel(AccountsDb db, UserManager<User> users, SignInLimits limits, IOptions<MailOptions> mail)
    : PageModel
{
    public const string Nobody = "nobody";

    [BindProperty]
    public Form Input { get; set; } = new();

    public bool CanSend => mail.Value.IsConfigured;

    /// <summary>Where a link is on its way to, if somebody has that address.</summary>
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

        // A row is written for nobody too, so that the answer takes its time: a mail of a template that does not exist is never sent.
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
