using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Portal.Model;
using Portal.Web;

namespace Portal.Accounts;

/// <summary>Remembers between password and second factor who is signing in. A new password invalidates it.</summary>
public sealed class PendingSignIn(IDataProtectionProvider protection, UserManager<User> users, PortalCookies cookies)
{
    private const string Name = "second-step";
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(10);
    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("pending-sign-in")
        .ToTimeLimitedDataProtector();

    public void Begin(HttpContext context, User user, bool stay) =>
        cookies.Append(
            context,
            Name,
            _protector.Protect(JsonSerializer.Serialize(new Pending(user.Id, user.SecurityStamp, stay)), s_life)
        );

    /// <summary>The person, and whether they want to stay signed in; null without a recent correct password.</summary>
    public async Task<(User User, bool Stay)?> FindAsync(HttpContext context) =>
        Read(cookies.Read(context, Name)) is { } pending
        && await users.FindByIdAsync($"{pending.User}") is { DisabledAt: null } user
        && user.SecurityStamp == pending.Stamp
            ? (user, pending.Stay)
            : null;

    public void End(HttpContext context) => cookies.Delete(context, Name);

    private Pending? Read(string? text)
    {
        try
        {
            return string.IsNullOrEmpty(text) ? null : JsonSerializer.Deserialize<Pending>(_protector.Unprotect(text));
        }
        catch (Exception broken) when (broken is CryptographicException or JsonException)
        {
            return null;
        }
    }

    private sealed record Pending(Guid User, string? Stamp, bool Stay);
}
