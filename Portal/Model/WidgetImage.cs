using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>
/// A widget's logo or avatar, converted from the upload (WebP). It is named by its content's hash, so it never changes.
/// </summary>
public sealed class WidgetImage(Guid widgetId, string hash, byte[] content, int width, int height) : IOwned
{
    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; } = widgetId;

    /// <summary>SHA-256 of the content, in lower-case hex.</summary>
    public string Hash { get; private set; } = hash;

    public byte[] Content { get; private set; } = content;
    public int Width { get; private set; } = width;
    public int Height { get; private set; } = height;
    public DateTimeOffset CreatedAt { get; private set; }

    public string Path => PathOf(WidgetId, Hash);

    public static string PathOf(Guid widget, string hash) => $"/api/widgets/{widget}/images/{hash}.webp";

    internal sealed class Mapping : IEntityTypeConfiguration<WidgetImage>
    {
        public void Configure(EntityTypeBuilder<WidgetImage> image)
        {
            image.Ignore(i => i.Path);
            image.Property(i => i.CreatedAt).HasDefaultValueSql("now()");
            image
                .HasIndex(i => new { i.WidgetId, i.Hash })
                .IsUnique()
                .HasDatabaseName("widget_images_widget_id_hash_key");
            image.HasIndex(i => i.ClientId).HasDatabaseName("idx_widget_images_client_id");
            image
                .HasOne<Widget>()
                .WithMany()
                .HasForeignKey(i => new { i.WidgetId, i.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
        }
    }
}

public static class WidgetImages
{
    extension(PortalDb db)
    {
        /// <summary>
        /// Stores the picture, once however often it is uploaded, and deletes the widget's pictures that no config,
        /// draft or version uses anymore.
        /// </summary>
        public async Task KeepAsync(WidgetImage image, CancellationToken cancellationToken)
        {
            // A day's grace, because an open page may still show a picture that was just replaced.
            await db.Database.ExecuteSqlAsync(
                $"""
                DELETE FROM widget_images i
                WHERE i.widget_id = {image.WidgetId} AND i.created_at < now() - interval '1 day'
                  AND NOT EXISTS (SELECT FROM widgets w WHERE w.id = i.widget_id AND (position(i.hash IN w.config::text) > 0 OR position(i.hash IN coalesce(w.draft::text, '')) > 0))
                  AND NOT EXISTS (SELECT FROM widget_versions v WHERE v.widget_id = i.widget_id AND position(i.hash IN v.config::text) > 0)
                """,
                cancellationToken
            );
            if (
                !await db.WidgetImages.AnyAsync(
                    i => i.WidgetId == image.WidgetId && i.Hash == image.Hash,
                    cancellationToken
                )
            )
            {
                db.Add(image);
            }
        }
    }
}
