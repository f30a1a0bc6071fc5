using Microsoft.EntityFrameworkCore;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Sample;

namespace Portal.Chat;

/// <summary>A widget as its editor sees it before anybody else does: with its draft, and also while it is switched off.</summary>
public sealed class Previews(PreviewTickets tickets, WidgetDirectory widgets, PortalDb db, Tenant tenant, SampleOptions sample)
{
    /// <summary>Enters the widget's client. Null when the ticket does not open this widget, or its client is suspended.</summary>
    public async Task<LiveWidget?> OpenAsync(string ticket, Guid id, CancellationToken abort)
    {
        if (tickets.Read(ticket) is not { } shown || shown.Widget != id || await widgets.FindAsync(id, abort) is not { } live)
        {
            return null;
        }

        tenant.Enter(live.ClientId);
        var row = await db.Widgets.Where(w => w.Id == id && db.Clients.Any(c => c.Id == w.ClientId && c.SuspendedAt == null))
            .Select(w => new { w.Name, w.Version, w.Config, w.Draft }).SingleOrDefaultAsync(abort);
        var config = row is null || shown.Version is null ? row?.Draft ?? row?.Config
            : await db.WidgetVersions.Where(v => v.WidgetId == id && v.Version == shown.Version).Select(v => v.Config).SingleOrDefaultAsync(abort);
        if (config is null)
        {
            return null;
        }

        var look = config.Look.Theme == "auto" && shown.Theme is { } theme ? config.Look with { Theme = theme } : config.Look;
        return live with
        {
            Name = row!.Name,
            Version = row.Version,
            // The page opens it, and shows it wherever the portal is.
            Config = config with { Look = look, Behaviour = config.Behaviour with { OpenAfter = null } },
            Target = shown.SampleBot && sample.BotPort is not null ? live.Target with { Url = sample.BotUrl, Auth = WebhookAuth.None, AuthName = null, AuthSecret = null, AnswerPath = null, AnswersLater = false } : live.Target,
            IsOn = true,
            IsPreview = true,
        };
    }
}
