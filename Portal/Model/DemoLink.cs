using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>The public link with which a prospect tries a demo widget. Its expiry is the widget's.</summary>
public sealed class DemoLink : IOwned
{
    /// <summary>Of the token in the link: 128 random bits.</summary>
    private const int TokenBytes = 16;

    public Guid Id { get; private set; }
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; }

    /// <summary>The prospect's name.</summary>
    public string Prospect { get; private set; } = null!;

    /// <summary>SHA-256 of the token, by which a link is found.</summary>
    public byte[] TokenHash { get; private set; } = null!;

    /// <summary>The token, encrypted, so that the link can be copied again.</summary>
    public string Token { get; private set; } = null!;

    public string? PasscodeHash { get; private set; }

    /// <summary>The message limit for prospects.</summary>
    public int MessageCap { get; private set; }

    public int Messages { get; private set; }
    public int Views { get; private set; }
    public DateTimeOffset? LastViewedAt { get; private set; }
    public DateTimeOffset? RevokedAt { get; private set; }
    public Guid? CreatedBy { get; private set; }
    public string CreatedName { get; private set; } = null!;
    public DateTimeOffset CreatedAt { get; private set; }

    private DemoLink() { }

    /// <param name="token">See <see cref="NewToken"/>.</param>
    /// <param name="sealedToken">The same, sealed for this widget.</param>
    public DemoLink(
        Guid widget,
        string prospect,
        SecretToken token,
        string sealedToken,
        int messageCap,
        Guid by,
        string byName,
        DateTimeOffset now
    )
    {
        Id = Guid.CreateVersion7();
        WidgetId = widget;
        Prospect = prospect;
        TokenHash = token.Hash;
        Token = sealedToken;
        MessageCap = messageCap;
        CreatedBy = by;
        CreatedName = byName;
        CreatedAt = now;
    }

    public bool IsUsedUp => Messages >= MessageCap;

    public int MessagesLeft => Math.Max(0, MessageCap - Messages);

    public void Raise(int messageCap) => MessageCap = messageCap;

    public void Revoke(DateTimeOffset now) => RevokedAt ??= now;

    public void Reopen() => RevokedAt = null;

    /// <summary>Browsers that were admitted with another passcode have to enter the new one.</summary>
    public void Ask(string? passcodeHash) => PasscodeHash = passcodeHash;

    public static SecretToken NewToken() => SecretToken.Create(TokenBytes);

    /// <summary>What a link is looked for by, or null where it cannot be a token of ours.</summary>
    public static byte[]? HashOf(string? token) => SecretToken.Read(token, TokenBytes)?.Hash;

    internal sealed class Mapping : IEntityTypeConfiguration<DemoLink>
    {
        public void Configure(EntityTypeBuilder<DemoLink> link)
        {
            link.ToTable("demo_links");
            link.Ignore(l => l.IsUsedUp);
            link.Ignore(l => l.MessagesLeft);
            link.HasIndex(l => l.WidgetId).IsUnique().HasDatabaseName("demo_links_widget_id_key");
            link.HasIndex(l => l.TokenHash).IsUnique().HasDatabaseName("demo_links_token_hash_key");
            link.HasIndex(l => new { l.ClientId, l.CreatedAt })
                .IsDescending(false, true)
                .HasDatabaseName("idx_demo_links_client_id_created_at");
            link.HasOne<Widget>()
                .WithOne()
                .HasForeignKey<DemoLink>(l => new { l.WidgetId, l.ClientId })
                .HasPrincipalKey<Widget>(w => new { w.Id, w.ClientId });
        }
    }
}
