using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Accounts;

public static class Passwords
{
    public const int MinLength = 12;

    /// <summary>Longer ones would let strangers burn our time in the hash.</summary>
    public const int MaxLength = 128;
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
