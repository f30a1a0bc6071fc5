using System.ComponentModel.DataAnnotations;
using Portal.Accounts;

namespace Portal.Pages.Account;

/// <summary>What a form that sets a password asks for.</summary>
public class NewPassword
{
    [Required(ErrorMessage = "Choose a password.")]
    [StringLength(Passwords.MaxLength, MinimumLength = Passwords.MinLength, ErrorMessage = "Between {2} and {1} characters.")]
    public string Password { get; set; } = "";
}
