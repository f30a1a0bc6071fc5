using System.ComponentModel.DataAnnotations;
using Portal.Accounts;

namespace Portal.Pages.Account;

/// <summary>The fields of a form that sets a password.</summary>
public class NewPassword
{
    [Required(ErrorMessage = "Enter a password.")]
    [StringLength(
        Passwords.MaxLength,
        MinimumLength = Passwords.MinLength,
        ErrorMessage = "Use {2} to {1} characters."
    )]
    public string Password { get; set; } = "";
}
