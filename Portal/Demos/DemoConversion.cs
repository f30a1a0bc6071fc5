using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Web;

namespace Portal.Demos;

/// <summary>
/// Converts a demo into a live widget. For its own client the widget stays the same. A widget never changes its client,
/// so for another client it is copied, with its secrets encrypted for that client, and the demo ends. In both cases the
/// demo's link then leads to the website.
/// </summary>
public sealed partial class DemoConversion(
    PortalDb db,
    Tenant tenant,
    TenantScope clients,
    WidgetSecrets secrets,
    AuditLog audit,
    TimeProvider clock
)
{
    [GeneratedRegex(@"/api/widgets/(?<widget>[0-9a-f-]{36})/images/(?<hash>[0-9a-f]{64})\.webp")]
    private static partial Regex Picture { get; }

    /// <summary>Saved with the next <c>SaveChanges</c>.</summary>
    public void Keep(DemoLink link, Widget widget, string website, Guid by, string byName)
    {
        db.Add(widget.GoLive(website, by, byName, clock.GetUtcNow()));
        audit.Add(db, AuditAction.DemoWentLive, widget, AuditChange.Website(null, website));
        LeadOn(link, website);
    }

    /// <summary>The copy is saved at once; what ends the demo goes in with the next <c>SaveChanges</c>.</summary>
    /// <returns>The widget of the other client.</returns>
    public async Task<Guid> CopyAsync(
        DemoLink link,
        Widget demo,
        string website,
        Guid client,
        Guid by,
        string byName,
        CancellationToken cancellationToken
    )
    {
        var id = Guid.CreateVersion7();
        var (config, pictures) = await WithPicturesAsync(demo.Config.OnlyOn(website), id, cancellationToken);
        await clients.ReadAsync(client, async theirs =>
        {
            // Serialized, because two copies at once would take the same free name.
            await using var transaction = await theirs.BeginEditAsync(client, cancellationToken);
            var name = await theirs.FreeNameAsync(
                VisitorText.Cut(link.Prospect, Widget.NameMaxLength - 4),
                cancellationToken
            );
            var widget = demo.CopyOf(
                id,
                name,
                secrets.Create(client, id),
                config,
                ResealAuth(demo, client, id),
                ResealNext(demo, client, id)
            );
            theirs.AddRange(widget, new WidgetVersion(id, widget.Version, config, by, byName, Widget.ConvertedNote));
            theirs.AddRange(pictures);
            audit.Add(
                theirs,
                client,
                AuditAction.WidgetCreated,
                widget,
                AuditChange.Webhook(null, widget.WebhookUrl),
                AuditChange.Website(null, website)
            );
            await theirs.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        });

        demo.Retire(clock.GetUtcNow());
        audit.Add(db, AuditAction.DemoWentLive, demo, AuditChange.Website(null, website));
        LeadOn(link, website);
        return id;
    }

    private void LeadOn(DemoLink link, string website)
    {
        db.Remove(link);
        db.Add(new DemoGoneLive(link, website, clock.GetUtcNow()));
    }

    // Copies the pictures of the config: those of the old widget are deleted with it.
    private async Task<(WidgetConfig Config, IReadOnlyList<WidgetImage> Pictures)> WithPicturesAsync(
        WidgetConfig config,
        Guid widget,
        CancellationToken cancellationToken
    )
    {
        var json = config.ToJson();
        var hashes = Picture.Matches(json).Select(match => match.Groups["hash"].Value).Distinct().ToList();
        if (hashes.Count == 0)
        {
            return (config, []);
        }

        var pictures = (
            await db
                .WidgetImages.AsNoTracking()
                .Where(picture => hashes.Contains(picture.Hash))
                .ToListAsync(cancellationToken)
        )
            .DistinctBy(picture => picture.Hash)
            .Select(picture => new WidgetImage(widget, picture.Hash, picture.Content, picture.Width, picture.Height))
            .ToList();
        return (
            WidgetConfig.Parse(Picture.Replace(json, match => WidgetImage.PathOf(widget, match.Groups["hash"].Value))),
            pictures
        );
    }

    private string? ResealAuth(Widget demo, Guid client, Guid id) =>
        demo.WebhookAuthSecret is { } secret
            ? secrets.SealAuthSecret(secrets.OpenAuthSecret(secret, tenant.Id, demo.Id), client, id)
            : null;

    private string? ResealNext(Widget demo, Guid client, Guid id) =>
        demo.WebhookNextSecret is { } secret
            ? secrets.SealNextSecret(secrets.OpenNextSecret(secret, tenant.Id, demo.Id), client, id)
            : null;
}
