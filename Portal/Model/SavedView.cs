using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>Filters of the list of conversations under a name.</summary>
public sealed class SavedView : IOwned
{
    public const int NameMaxLength = 60;
    public const int QueryMaxLength = 1000;

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public Guid ClientId { get; private set; }

    /// <summary>Null: the whole team's.</summary>
    public Guid? UserId { get; init; }

    public required string Name { get; init; }

    /// <summary>Of the list's address: <c>?state=open&amp;tag=Billing</c>.</summary>
    public required string Query { get; init; }

    public DateTimeOffset CreatedAt { get; private set; }

    internal sealed class Mapping : IEntityTypeConfiguration<SavedView>
    {
        public void Configure(EntityTypeBuilder<SavedView> view)
        {
            view.ToTable("saved_views");
            view.Property(v => v.CreatedAt).HasDefaultValueSql("now()");
            view.HasIndex(v => v.ClientId).HasDatabaseName("idx_saved_views_client_id");
            view.HasOne<Client>().WithMany().HasForeignKey(v => v.ClientId);
        }
    }
}
