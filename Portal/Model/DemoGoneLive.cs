using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>
/// The link of a demo that has become a live widget; its page then links to the website. It belongs to the client that
/// created the demo.
/// </summary>
public sealed class DemoGoneLive : IOwned
{
    public Guid Id { get; private set; }
    public Guid ClientId { get; private set; }

    /// <summary>The demo link's own id, so that the link still works.</summary>
    public byte[] TokenHash { get; private set; } = null!;

    public string Prospect { get; private set; } = null!;

    /// <summary>An origin, such as <c>https://www.example.com</c>.</summary>
    public string Website { get; private set; } = null!;

    public DateTimeOffset WentLiveAt { get; private set; }

    private DemoGoneLive() { }

    public DemoGoneLive(DemoLink link, string website, DateTimeOffset now)
    {
        Id = link.Id;
        TokenHash = link.TokenHash;
        Prospect = link.Prospect;
        Website = website;
        WentLiveAt = now;
    }

    internal sealed class Mapping : IEntityTypeConfiguration<DemoGoneLive>
    {
        public void Configure(EntityTypeBuilder<DemoGoneLive> demo)
        {
            demo.ToTable("demos_gone_live");
            demo.HasIndex(d => d.TokenHash).IsUnique().HasDatabaseName("demos_gone_live_token_hash_key");
            demo.HasIndex(d => d.ClientId).HasDatabaseName("idx_demos_gone_live_client_id");
        }
    }
}
