using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Portal.Audit;
using Portal.Model;

namespace Portal.Infrastructure;

public static class Passwords
{
    public const int MinLength = 12;

    /// <summary>Longer ones would let strangers burn our time in the hash.</summary>
    public const int MaxLength = 128;
}

/// <summary>Whether an address and a password belong together. Takes its time for unknown addresses too, so that nobody learns which are known.</summary>
public sealed class PasswordCheck(UserManager<User> users, SignInManager<User> signIn, IPasswordHasher<User> hasher, AccountsDb db, AuditLog audit)
{
    private static readonly User s_nobody = new() { DisplayName = "" };
    private static string? s_decoy;

    /// <summary>The person, or null: unknown, wrong, and locked out look the same.</summary>
    public async Task<User?> FindAsync(string email, string password)
    {
        var user = await users.FindByEmailAsync(email);
        if (user is null || user.PasswordHash is null || await users.IsLockedOutAsync(user))
        {
            var decoy = s_decoy ??= hasher.HashPassword(s_nobody, Guid.NewGuid().ToString());
            hasher.VerifyHashedPassword(s_nobody, decoy, password);
            return null;
        }

        var result = await signIn.CheckPasswordSignInAsync(user, password, lockoutOnFailure: true);
        if (result.Succeeded)
        {
            return user;
        }

        // While the account is locked nothing more is written: a stranger must not fill the log.
        audit.Add(db, user.ClientId, Act.SignInFailed, user);
        await db.SaveChangesAsync();
        return null;
    }
}

/// <summary>
/// Links with which a person chooses a password: the first one, or a new one for one they lost. Each dies when it is used, when any other
/// changes the password, and after a day.
/// </summary>
public sealed class PasswordLinks(UserManager<User> users, PortalOptions portal)
{
    public async Task<Uri> ForAsync(User user)
    {
        var token = await users.GeneratePasswordResetTokenAsync(user);
        return portal.Link($"/account/reset?u={user.Id:N}&t={WebEncoders.Base64UrlEncode(System.Text.Encoding.UTF8.GetBytes(token))}");
    }

    /// <summary>The person a link was made for, with its token, or null when it is no longer good.</summary>
    public async Task<(User User, string Token)?> OpenAsync(string? id, string? text)
    {
        if (id is null || text is null || !Guid.TryParse(id, out var userId) || Decode(text) is not { } token
            || await users.FindByIdAsync(userId.ToString()) is not { } user)
        {
            return null;
        }

        var isGood = await users.VerifyUserTokenAsync(user, users.Options.Tokens.PasswordResetTokenProvider, UserManager<User>.ResetPasswordTokenPurpose, token);
        return isGood ? (user, token) : null;
    }

    private static string? Decode(string text)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(text));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
