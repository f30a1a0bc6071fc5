using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>What lets a program do an admin's work: for some things, until some day, and no longer than that admin is one.</summary>
public sealed class AdminToken
{
    public const int NameMaxLength = 100;

    // Known to those who search texts for secrets that got lost.
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

    /// <summary>A new one, and the text that is shown once.</summary>
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

    /// <summary>What the table keeps of a token, or null where it cannot be one of ours.</summary>
    public static byte[]? HashOf(string token) =>
        token.Length == Prefix.Length + 43 && token.StartsWith(Prefix, StringComparison.Ordinal) && Ascii.IsValid(token)
            ? SHA256.HashData(Encoding.ASCII.GetBytes(token))
            : null;

    // Not found by itself: it is of those who sign in, and clients' requests have no business with it.
    internal static void Map(ModelBuilder model) =>
        model.Entity<AdminToken>(token =>
        {
            token.ToTable("admin_tokens");
            token.HasIndex(t => t.TokenHash).IsUnique().HasDatabaseName("idx_admin_tokens_token_hash");
            token.HasIndex(t => t.CreatedBy).HasDatabaseName("idx_admin_tokens_created_by");
        });
}
