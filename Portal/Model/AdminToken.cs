using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>
/// An API token: lets a program do an admin's work, within its scopes, until it expires, and only as long as its
/// creator is an admin.
/// </summary>
public sealed class AdminToken
{
    public const int NameMaxLength = 100;

    // A known prefix, for tools that search texts for leaked secrets.
    private const string Prefix = "portal_admin_";

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public string Name { get; private set; } = "";
    public byte[] TokenHash { get; private set; } = [];
    public string[] Scopes { get; private set; } = [];
    public Guid CreatedBy { get; private set; }
    public string CreatedName { get; private set; } = "";
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset ExpiresAt { get; private set; }
    public DateTimeOffset? LastUsedAt { get; private set; }
    public DateTimeOffset? RevokedAt { get; private set; }

    /// <summary>A new token, and its text, which is shown once.</summary>
    public static (AdminToken Row, string Token) Make(
        string name,
        IEnumerable<string> scopes,
        Guid by,
        string byName,
        DateTimeOffset now,
        TimeSpan life
    )
    {
        var token = Prefix + SecretToken.Create(32).Text;
        var row = new AdminToken
        {
            Name = name,
            TokenHash = HashOf(token)!,
            Scopes = [.. scopes],
            CreatedBy = by,
            CreatedName = byName,
            CreatedAt = now,
            ExpiresAt = now + life,
        };
        return (row, token);
    }

    public bool IsGood(DateTimeOffset now) => RevokedAt is null && ExpiresAt > now;

    public void Revoke(DateTimeOffset now) => RevokedAt ??= now;

    /// <summary>The hash that the table stores, or null when it cannot be one of our tokens.</summary>
    public static byte[]? HashOf(string token) =>
        token.Length == Prefix.Length + 43 && token.StartsWith(Prefix, StringComparison.Ordinal) && Ascii.IsValid(token)
            ? SHA256.HashData(Encoding.ASCII.GetBytes(token))
            : null;

    // Not mapped automatically: it belongs to the accounts' context, not to clients' requests.
    internal static void Map(ModelBuilder model) =>
        model.Entity<AdminToken>(token =>
        {
            token.ToTable("admin_tokens");
            token.HasIndex(t => t.TokenHash).IsUnique().HasDatabaseName("idx_admin_tokens_token_hash");
            token.HasIndex(t => t.CreatedBy).HasDatabaseName("idx_admin_tokens_created_by");
        });
}
