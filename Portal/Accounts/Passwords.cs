using Microsoft.AspNetCore.Identity;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Accounts;

public static class Passwords
{
    public const int MinLength = 12;

    /// <summary>Longer passwords would let strangers waste our CPU time in the hash.</summary>
    public const int MaxLength = 128;
}

/// <summary>
/// Links with which a person sets a password, at first or after a reset. A link expires when it is used, when the
/// password changes otherwise, and after 24 hours.
/// </summary>
public sealed class PasswordLinks(UserManager<User> users, PortalOptions portal)
{
    // Only an emailed link shows that the person who opens it reads the mailbox.
    private const string HandedOver = "HandedOver";

    private string Provider => users.Options.Tokens.PasswordResetTokenProvider;

    /// <summary>For an email to this person only.</summary>
    public async Task<Uri> ToMailAsync(User user) => LinkOf(user, await users.GeneratePasswordResetTokenAsync(user));

    /// <summary>For somebody to hand over.</summary>
    public async Task<Uri> ToHandOverAsync(User user) =>
        LinkOf(user, await users.GenerateUserTokenAsync(user, Provider, HandedOver));

    /// <summary>
    /// The person a link was created for, with a token that sets the password, or null when the link is no longer
    /// valid.
    /// </summary>
    public async Task<(User User, string Token, bool WasMailed)?> OpenAsync(string? id, string? text)
    {
        if (
            id is null
            || !Guid.TryParse(id, out var userId)
            || TokenText.Decode(text) is not { } token
            || await users.FindByIdAsync(userId.ToString()) is not { } user
        )
        {
            return null;
        }

        if (await users.VerifyUserTokenAsync(user, Provider, UserManager<User>.ResetPasswordTokenPurpose, token))
        {
            return (user, token, true);
        }

        return await users.VerifyUserTokenAsync(user, Provider, HandedOver, token)
            ? (user, await users.GeneratePasswordResetTokenAsync(user), false)
            : null;
    }

    private Uri LinkOf(User user, string token) =>
        portal.Link($"/account/reset?u={user.Id:N}&t={TokenText.Encode(token)}");
}
