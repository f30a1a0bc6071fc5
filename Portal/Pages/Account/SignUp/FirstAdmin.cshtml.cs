using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.SignUp;

/// <summary>Where the setup link leads, as long as there is no admin.</summary>
[AllowAnonymous]
public sealed class FirstAdminModel(FirstAdmin first, UserManager<User> users, PortalSignIn signIn) : PageModel
{
    [BindProperty(Name = "t", SupportsGet = true)]
    public string? Token { get; set; }

    [BindProperty]
    public Form Input { get; set; } = new();

    public bool IsGood { get; private set; }

    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context) => Response.KeepAddressSecret();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        IsGood = await first.IsGoodAsync(Token, cancellationToken);
        return IsGood ? Page() : Gone();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        IsGood = await first.IsGoodAsync(Token, cancellationToken);
        if (!IsGood)
        {
            return Gone();
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var made = await first.CreateAsync(Input.Name.Trim(), Input.Email.Trim(), Input.Password, cancellationToken);
        if (made is null)
        {
            IsGood = false;
            return Gone();
        }

        if (!made.Succeeded)
        {
            foreach (var error in made.Errors)
            {
                ModelState.AddModelError(
                    error.Code.StartsWith("Password", StringComparison.Ordinal) ? "Input.Password" : "Input.Email",
                    error.Description
                );
            }

            return this.Invalid();
        }

        await signIn.SignInAsync(
            (await users.FindByEmailAsync(Input.Email.Trim()))!,
            isPersistent: false,
            [ProofMethod.Password]
        );
        return LocalRedirect("/");
    }

    private PageResult Gone()
    {
        ModelState.Clear();
        Response.StatusCode = StatusCodes.Status410Gone;
        return Page();
    }

    public sealed class Form : NewPassword
    {
        [PersonName, Required(ErrorMessage = "Enter your name.")]
        public string Name { get; set; } = "";

        [
            Required(ErrorMessage = "Enter your email address."),
            EmailAddress(ErrorMessage = "Enter a valid email address."),
            StringLength(256, ErrorMessage = "Up to {1} characters.")
        ]
        public string Email { get; set; } = "";
    }
}
