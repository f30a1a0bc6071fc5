using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Dashboard;

/// <summary>One of the first steps for a new client.</summary>
public sealed record Step(string Title, string Text, string Action, string Path, bool IsDone)
{
    public static async Task<IReadOnlyList<Step>> AllAsync(
        PortalDb db,
        IReadOnlyList<WidgetOverview> widgets,
        CancellationToken cancellationToken
    )
    {
        var answered = await db
            .ChatLogs.Where(l => l.Status == ChatStatus.Answered)
            .Select(l => (Guid?)l.WidgetId)
            .FirstOrDefaultAsync(cancellationToken);
        var alerts = await db.AlertRecipients.AnyAsync(r => r.ConfirmedAt != null, cancellationToken);
        var widget = widgets.FirstOrDefault(w => w.Id == answered) ?? (widgets.Count > 0 ? widgets[0] : null);
        return
        [
            .. ToFirstAnswer(widget, widgets.Any(w => w.IsConnected), answered is not null),
            .. ToWebsite(widget, widgets.Any(w => w.Version > 1), alerts),
        ];
    }

    private static Step[] ToFirstAnswer(WidgetOverview? widget, bool isConnected, bool isAnswered) =>
        [
            new(
                "Create a widget",
                "All you need is a name. You can change everything later.",
                "Create widget",
                "/widgets/new",
                widget is not null
            ),
            new(
                "Connect it to n8n",
                "Paste your workflow’s webhook URL, or start from a template.",
                "Connect n8n",
                Tab(widget, "/connection"),
                isConnected
            ),
            new(
                "Test it",
                "Ask a question here first to check that n8n replies.",
                "Open test chat",
                Tab(widget, "/test"),
                isAnswered
            ),
        ];

    private static Step[] ToWebsite(WidgetOverview? widget, bool isCustomized, bool hasAlerts) =>
        [
            new(
                "Customize it",
                "Set your color, welcome message and suggested questions.",
                "Customize widget",
                Tab(widget, ""),
                isCustomized
            ),
            new(
                "Set up alerts",
                "Get an email when a widget goes down and when it recovers.",
                "Add recipients",
                "/settings/alerts",
                hasAlerts
            ),
            new(
                "Install it on your website",
                "Add one line of HTML. It works on any website.",
                "Install widget",
                Tab(widget, "/install"),
                false
            ),
        ];

    private static string Tab(WidgetOverview? widget, string name) =>
        widget is null ? "/widgets/new" : $"/widgets/{widget.Id}{name}";
}
