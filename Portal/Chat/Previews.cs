using Microsoft.EntityFrameworkCore;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Sample;

namespace Portal.Chat;

/// <summary>A widget as its editor sees it before anybody else does: with its draft, and also while it is switched off.</summary>
public sealed class Previews(PreviewTickets tickets, WidgetDirectory widgets, TenantReader reader, SampleOptions sample)
{
    /// <summary>Null when the ticket does not open this widget, or its client is suspended.</summary>
    public async Task<LiveWidget?> OpenAsync(string ticket, Guid id, CancellationToken abort)
    {
        if (tickets.Read(ticket) is not { } shown || shown.Widget != id || await widgets.FindAsync(id, abort) is not { } live
            || await reader.ReadAsync(live.ClientId, db => FindAsync(db, shown, abort)) is not { } found)
        {
            return null;
        }

        var config = found.Config;
        var look = config.Look.Theme == "auto" && shown.Theme is { } theme ? config.Look with { Theme = theme } : config.Look;
        return live with
        {
            Name = found.Name,
            Version = found.Version,
            // The page opens it, and shows it wherever the portal is.
            Config = config with { Look = look, Behaviour = config.Behaviour with { OpenAfter = null } },
            Target = (shown.SampleBot || live.Target.Url.Length == 0) && sample.BotPort is not null ? live.Target with { Url = sample.BotUrl, Auth = WebhookAuth.None, AuthName = null, AuthSecret = null, AnswerPath = null, AnswersLater = false } : live.Target,
            IsOn = true,
            IsPreview = true,
        };
    }

    private static async Task<Found?> FindAsync(PortalDb db, PreviewTicket shown, CancellationToken abort)
    {
        var row = await db.Widgets.Where(w => w.Id == shown.Widget && db.Clients.Any(c => c.Id == w.ClientId && c.SuspendedAt == null))
            .Select(w => new { w.Name, w.Version, w.Config, w.Draft }).SingleOrDefaultAsync(abort);
        var config = row is null || shown.Version is null ? row?.Draft ?? row?.Config
            : await db.WidgetVersions.Where(v => v.WidgetId == shown.Widget && v.Version == shown.Version).Select(v => v.Config).SingleOrDefaultAsync(abort);
        return config is null ? null : new(row!.Name, row.Version, config);
    }

    private sealed record Found(string Name, int Version, WidgetConfig Config);
}
