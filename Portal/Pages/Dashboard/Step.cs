using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Dashboard;

/// <summary>One step of a new client's way to a first conversation.</summary>
public sealed record Step(string Title, string Text, string Action, string Path, bool IsDone)
{
    public static async Task<IReadOnlyList<Step>> AllAsync(PortalDb db, IReadOnlyList<WidgetOverview> widgets, CancellationToken cancellationToken)
    {
        var answered = await db.ChatLogs.Where(l => l.Status == ChatStatus.Answered).Select(l => (Guid?)l.WidgetId).FirstOrDefaultAsync(cancellationToken);
        var alerts = await db.AlertRecipients.AnyAsync(r => r.ConfirmedAt != null, cancellationToken);
        var widget = widgets.FirstOrDefault(w => w.Id == answered) ?? (widgets.Count > 0 ? widgets[0] : null);
        string Tab(string name) => widget is null ? "/widgets/new" : $"/widgets/{widget.Id}{name}";

        return
        [
            new("Create a widget", "A name is enough; everything else has good defaults.", "New widget", "/widgets/new", widget is not null),
            new("Connect it to n8n", "Paste the address of the workflow that answers, or start from a template.", "Connect", Tab("/connection"), widgets.Any(w => w.IsConnected)),
            new("Ask it something", "Here in the portal, before anybody else can. This shows that n8n answers.", "Try it", Tab("/test"), answered is not null),
            new("Make it yours", "Your color, a greeting, a few questions to start with.", "Customize", Tab(""), widgets.Any(w => w.Version > 1)),
            new("Choose who gets alerts", "An email when the bot stops answering, and when it is back.", "Alerts", "/settings/alerts", alerts),
            new("Put it on your website", "One line of HTML, for any website.", "Install", Tab("/install"), false),
        ];
    }
}
