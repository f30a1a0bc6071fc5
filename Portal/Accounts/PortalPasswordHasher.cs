using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Hashes a password in one normal form (NFKC, as NIST SP 800-63B recommends): another system may send an umlaut as one
/// character or as two.
/// </summary>
public sealed class PortalPasswordHasher(IOptions<PasswordHasherOptions> options) : PasswordHasher<User>(options)
{
    public override string HashPassword(User user, string password) => base.HashPassword(user, Normalize(password));

    public override PasswordVerificationResult VerifyHashedPassword(
        User user,
        string hashedPassword,
        string providedPassword
    ) => base.VerifyHashedPassword(user, hashedPassword, Normalize(providedPassword));

    private static string Normalize(string password)
    {
        try
        {
            return password.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            // A lone surrogate: no keyboard sends it.
            return password;
        }
    }
}
