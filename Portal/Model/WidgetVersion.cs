using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A published config, and who published it.</summary>
public sealed class WidgetVersion(
    Guid widgetId,
    int version,
    WidgetConfig config,
    Guid? publishedBy,
    string? publishedName,
    string? note
) : IOwned
{
    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; } = widgetId;
    public int Version { get; private set; } = version;
    public WidgetConfig Config { get; private set; } = config;
    public string? Note { get; private set; } = note;
    public Guid? PublishedBy { get; private set; } = publishedBy;
    public string? PublishedName { get; private set; } = publishedName;
    public DateTimeOffset CreatedAt { get; private set; }

    internal sealed class Mapping : IEntityTypeConfiguration<WidgetVersion>
    {
        public void Configure(EntityTypeBuilder<WidgetVersion> version)
        {
            version
                .Property(v => v.Config)
                .HasConversion(WidgetConfig.Converter, WidgetConfig.Comparer)
                .HasColumnType("jsonb");
            version.Property(v => v.CreatedAt).HasDefaultValueSql("now()");
            version
                .HasIndex(v => new { v.WidgetId, v.Version })
                .IsUnique()
                .HasDatabaseName("widget_versions_widget_id_version_key");
            version.HasIndex(v => v.ClientId).HasDatabaseName("idx_widget_versions_client_id");
            version
                .HasOne<Widget>()
                .WithMany()
                .HasForeignKey(v => new { v.WidgetId, v.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
        }
    }
}
