using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>The second factors of an account.</summary>
public sealed record FactorSet(bool HasPassword, bool HasApp, int RecoveryCodes, IReadOnlyList<PasskeyEntry> Passkeys)
{
    /// <summary>
    /// A passkey that was created at an earlier address of the portal no longer works, and does not count.
    /// </summary>
    public bool HasPasskey => Passkeys.Any(passkey => passkey.IsUsable);

    public bool HasFactor => HasApp || HasPasskey;

    public bool HasNothing => !HasPassword && !HasFactor;
}

/// <param name="Host">The portal's host when it was added; browsers offer it there only.</param>
public sealed record PasskeyEntry(UserPasskeyInfo Passkey, string? Host, bool IsUsable);

public sealed class AccountFactors(UserManager<User> users, PortalOptions portal)
{
    public async Task<FactorSet> OfAsync(User person) =>
        new(
            person.PasswordHash is not null,
            person.TwoFactorEnabled,
            await users.CountRecoveryCodesAsync(person),
            [.. (await users.GetPasskeysAsync(person)).OrderBy(passkey => passkey.CreatedAt).Select(Read)]
        );

    public async Task<bool> HasAnyAsync(User person) =>
        person.TwoFactorEnabled || (await users.GetPasskeysAsync(person)).Any(passkey => Read(passkey).IsUsable);

    private PasskeyEntry Read(UserPasskeyInfo passkey)
    {
        var host = HostOf(passkey);

        // A passkey without a recorded host counts as ours: that demands more of its owner, not less.
        return new(
            passkey,
            host,
            host is null || host.Equals(portal.PublicUrl.IdnHost, StringComparison.OrdinalIgnoreCase)
        );
    }

    // The relying party is the portal's host, which is part of the origin that the browser signed.
    private static string? HostOf(UserPasskeyInfo passkey)
    {
        try
        {
            using var data = JsonDocument.Parse(passkey.ClientDataJson);
            return
                data.RootElement.TryGetProperty("origin", out var origin)
                && Uri.TryCreate(origin.GetString(), UriKind.Absolute, out var address)
                ? address.IdnHost
                : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
