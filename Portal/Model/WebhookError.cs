using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A call to a client's n8n without an answer.</summary>
public sealed class WebhookError : IOwned
{
    public Guid Id { get; private set; }
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; }
    public Guid? ChatLogId { get; private set; }

    /// <summary>From the closed list in docs/n8n.</summary>
    public string? ErrorType { get; private set; }

    public string? ErrorMessage { get; private set; }
    public int? StatusCode { get; private set; }
    public int? LatencyMs { get; private set; }
    public DateTimeOffset? OccurredAt { get; private set; }

    internal sealed class Mapping : IEntityTypeConfiguration<WebhookError>
    {
        public void Configure(EntityTypeBuilder<WebhookError> error)
        {
            error.HasIndex(e => e.WidgetId).HasDatabaseName("idx_webhook_errors_widget_id");
            error.HasIndex(e => e.OccurredAt).HasDatabaseName("idx_webhook_errors_occurred_at");
            error
                .HasIndex(e => new { e.ClientId, e.OccurredAt })
                .IsDescending(false, true)
                .HasDatabaseName("idx_webhook_errors_client_id_occurred_at");
            error
                .HasIndex(e => new { e.WidgetId, e.OccurredAt })
                .IsDescending(false, true)
                .HasDatabaseName("idx_webhook_errors_widget_id_occurred_at");
            error.HasIndex(e => e.ChatLogId).HasDatabaseName("idx_webhook_errors_chat_log_id");
            error
                .HasOne<Widget>()
                .WithMany()
                .HasForeignKey(e => new { e.WidgetId, e.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
            error
                .HasOne<ChatLog>()
                .WithMany()
                .HasForeignKey(e => new { e.ChatLogId, e.ClientId })
                .HasPrincipalKey(l => new { l.Id, l.ClientId });
        }
    }
}
