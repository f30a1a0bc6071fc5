using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using Portal.Accounts;
using Portal.Mail;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.Email;

/// <summary>The address that one signs in with.</summary>
public sealed class IndexModel(
    UserManager<User> users,
    EmailChangeService changes,
    SignInLimits limits,
    IOptions<MailOptions> mail
) : PageModel
{
    public User Person { get; private set; } = null!;
    public EmailChange? Asked { get; private set; }
    public bool CanSend => mail.Value.IsConfigured;

    // Not bound by property: canceling submits none of it.
    public Form Input { get; private set; } = new();

    public Task OnGetAsync(CancellationToken cancellationToken) => LoadAsync(cancellationToken);

    [RequireRecentProof]
    public async Task<IActionResult> OnPostAsync(
        [Bind(Prefix = "Input")] Form input,
        CancellationToken cancellationToken
    )
    {
        await LoadAsync(cancellationToken);
        Input = input;
        if (!CanSend || !ModelState.IsValid)
        {
            return this.Invalid();
        }

        var email = EmailAddresses.Clean(input.Email);
        if (EmailAddresses.AreSame(email, Person.Email))
        {
            ModelState.AddModelError("Input.Email", "That’s already your email.");
            return this.Invalid();
        }

        if ((await limits.MailAsync(HttpContext, email, cancellationToken)).Wait is { } pause)
        {
            return this.TooMany(pause, "Input.Email");
        }

        await changes.AskAsync(Person, email, cancellationToken);
        this.Toast("Confirmation emails sent.");
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostCancelAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        await changes.CancelAsync(Person, cancellationToken);
        this.Toast("Email change canceled.");
        return RedirectToPage();
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        Person = await users.GetUserAsync(User)
            ?? throw new InvalidOperationException("The signed-in person no longer exists.");
        Asked = await changes.OpenOf(Person, cancellationToken);
    }

    public sealed class Form
    {
        [Required(ErrorMessage = "Enter your new email address."), MailAddress]
        public string Email { get; set; } = "";
    }
}
