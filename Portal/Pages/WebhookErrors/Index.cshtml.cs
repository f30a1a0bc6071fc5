using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Pages.Dashboard;

namespace Portal.Pages.WebhookErrors;

/// <summary>Widgets that are down and single messages that failed: the cause, and how to fix it in n8n.</summary>
public sealed class IndexModel(PortalDb db, CurrentClient client, TimeProvider clock) : PageModel
{
    public const int PageLength = 50;
    public const int IncidentsShown = 10;

    /// <summary>Only this widget's; null for all.</summary>
    [BindProperty(SupportsGet = true, Name = "widget")]
    public Guid? Widget { get; set; }

    /// <summary>Only failures older than this position.</summary>
    [BindProperty(SupportsGet = true, Name = "older")]
    public string? Older { get; set; }

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public IReadOnlyList<(Guid Id, string Name)> Widgets { get; private set; } = [];

    /// <summary>
    /// Widgets whose newest message failed, as on the dashboard: an incident may be opened a minute later, or last a
    /// little longer.
    /// </summary>
    public IReadOnlyList<Outage> Failing { get; private set; } = [];

    /// <summary>Incidents of widgets that have recovered and are being watched for a while.</summary>
    public IReadOnlyList<Incident> Open { get; private set; } = [];

    public IReadOnlyList<Incident> Ended { get; private set; } = [];
    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public string? OlderStill { get; private set; }

    public string NameOf(Guid widget) => Widgets.FirstOrDefault(w => w.Id == widget).Name ?? "";

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        Zone = await client.ZoneAsync(cancellationToken);
        Widgets =
        [
            .. (
                await db.Widgets.OrderBy(w => w.Name).Select(w => new { w.Id, w.Name }).ToListAsync(cancellationToken)
            ).Select(w => (w.Id, w.Name)),
        ];
        if (Widget is { } one && Widgets.All(w => w.Id != one))
        {
            return NotFound();
        }

        await LoadIncidentsAsync(cancellationToken);
        await LoadErrorsAsync(cancellationToken);
        return Page();
    }

    private async Task LoadIncidentsAsync(CancellationToken cancellationToken)
    {
        var incidents = db.Incidents.AsNoTracking().Where(i => Widget == null || i.WidgetId == Widget);
        var now = clock.GetUtcNow();
        var failing = (await db.WidgetOverviewsAsync(ClientDay.Of(now, Zone), cancellationToken))
            .Where(w => w.Health(now) == WidgetHealth.NotAnswering && (Widget == null || w.Id == Widget))
            .ToList();
        Failing = await Outage.AllAsync(db, failing, cancellationToken);
        var open = await incidents
            .Where(i => i.EndedAt == null)
            .OrderBy(i => i.OpenedAt)
            .ToListAsync(cancellationToken);
        Open = [.. open.Where(i => failing.All(w => w.Id != i.WidgetId))];
        Ended = await incidents
            .Where(i => i.EndedAt != null)
            .OrderByDescending(i => i.OpenedAt)
            .Take(IncidentsShown)
            .ToListAsync(cancellationToken);
        await Open.Concat(Ended).ToList().WithCausesAsync(db.Incidents, db.WebhookErrors, cancellationToken);
    }

    private async Task LoadErrorsAsync(CancellationToken cancellationToken)
    {
        // A workflow that ran and found nothing is noted too, for its conversation and the Connection page; it is no
        // failure.
        var errors = db.WebhookErrors.Where(e =>
            e.OccurredAt != null
            && (Widget == null || e.WidgetId == Widget)
            && !db.ChatLogs.Any(l => l.Id == e.ChatLogId && l.Status == ChatStatus.Empty)
        );
        if (Place(Older) is var (at, id))
        {
            errors = errors.Where(e => e.OccurredAt < at || e.OccurredAt == at && e.Id.CompareTo(id) < 0);
        }

        var rows = await errors
            .OrderByDescending(e => e.OccurredAt)
            .ThenByDescending(e => e.Id)
            .Take(PageLength + 1)
            .Select(e => new Row(
                e.Id,
                e.WidgetId,
                e.OccurredAt!.Value,
                e.ErrorType,
                e.ErrorMessage,
                e.StatusCode,
                e.LatencyMs,
                db.ChatLogs.Where(l => l.Id == e.ChatLogId).Select(l => l.Message).FirstOrDefault(),
                db.ChatLogs.Where(l => l.Id == e.ChatLogId).Select(l => l.SessionId).FirstOrDefault()
            ))
            .ToListAsync(cancellationToken);
        Rows = [.. rows.Take(PageLength)];
        OlderStill =
            rows.Count > PageLength
                ? string.Create(CultureInfo.InvariantCulture, $"{Rows[^1].At.UtcTicks}_{Rows[^1].Id:N}")
                : null;
    }

    private static (DateTimeOffset At, Guid Id)? Place(string? text) =>
        text?.Split('_') is [var ticks, var id]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        && at <= DateTimeOffset.MaxValue.Ticks
        && Guid.TryParseExact(id, "N", out var guid)
            ? (new DateTimeOffset(at, TimeSpan.Zero), guid)
            : null;

    public sealed record Row(
        Guid Id,
        Guid Widget,
        DateTimeOffset At,
        string? Type,
        string? Message,
        int? Status,
        int? LatencyMs,
        string? Question,
        Guid? Session
    )
    {
        public WebhookAdvice? Advice => WebhookDiagnosis.Of(Type, Status, Message);
    }
}
