using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>The number of messages that a widget has used on one of its client's days.</summary>
public sealed class MessageCount : IOwned
{
    public Guid WidgetId { get; private set; }
    public Guid ClientId { get; private set; }
    public DateOnly Day { get; private set; }
    public int Messages { get; private set; }

    internal sealed class Mapping : IEntityTypeConfiguration<MessageCount>
    {
        public void Configure(EntityTypeBuilder<MessageCount> count)
        {
            count.HasKey(c => new { c.WidgetId, c.Day });
            count.HasIndex(c => new { c.ClientId, c.Day }).HasDatabaseName("idx_message_counts_client_id_day");
            count
                .HasOne<Widget>()
                .WithMany()
                .HasForeignKey(c => new { c.WidgetId, c.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
        }
    }
}
