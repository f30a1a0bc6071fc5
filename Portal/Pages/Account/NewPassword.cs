using System.ComponentModel.DataAnnotations;
using Portal.Accounts;

namespace Portal.Pages.Account;

/// <summary>What a form that sets a password asks for.</summary>
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
