using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Pages.Widgets;

/// <summary>Where a widget's messages go, and what came back lately.</summary>
[Authorize("Client")]
public sealed class ConnectionModel(PortalDb db, WebhookUrl webhooks, AuditLog audit, TimeProvider clock) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public IReadOnlyList<Failure> Failures { get; private set; } = [];
    public DateTimeOffset? LastAnswer { get; private set; }

    [BindProperty]
    public Form Input { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken abort)
    {
        var widget = await db.Widgets.AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, abort);
        if (widget is null)
        {
            return NotFound();
        }

        Input = Form.Of(widget);
        ModelState.Clear();
        await LoadAsync(id, abort);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken abort)
    {
        var widget = await db.Widgets.SingleOrDefaultAsync(w => w.Id == id, abort);
        if (widget is null)
        {
            return NotFound();
        }

        if (webhooks.Refusal(Input.WebhookUrl) is { } sentence)
        {
            ModelState.AddModelError(nameof(Form.WebhookUrl), sentence);
        }

        if (Input.Seconds is null)
        {
            ModelState.AddModelError(nameof(Form.TimeoutSeconds), "Between 5 and 600 seconds.");
        }

        if (!ModelState.IsValid)
        {
            await LoadAsync(id, abort);
            return this.Invalid("_ConnectionForm", Input);
        }

        audit.Add(db, Act.WidgetConnected, widget, Fact.Webhook(widget.WebhookUrl, Input.WebhookUrl!.Trim()), Fact.TimeoutSeconds(widget.TimeoutSeconds, Input.Seconds));
        widget.Connect(Input.WebhookUrl!.Trim(), Input.Seconds);
        await db.SaveChangesAsync(abort);

        this.Toast("Saved. The next question goes there.");
        return this.Done("_ConnectionForm", Form.Of(widget));
    }

    private async Task LoadAsync(Guid id, CancellationToken abort)
    {
        Head = (await WidgetHead.FindAsync(db, id, "Connection", clock.GetUtcNow(), abort))!;
        Zone = await db.ZoneAsync(abort);
        LastAnswer = await db.ChatLogs.Where(l => l.WidgetId == id && l.Status == ChatStatus.Answered)
            .OrderByDescending(l => l.CreatedAt).Select(l => l.AnsweredAt ?? l.CreatedAt).FirstOrDefaultAsync(abort);
        Failures = await db.WebhookErrors.Where(e => e.WidgetId == id).OrderByDescending(e => e.OccurredAt).Take(5)
            .Select(e => new Failure(e.OccurredAt, e.ErrorType, e.StatusCode, e.LatencyMs)).ToListAsync(abort);
    }

    public sealed class Form
    {
        public string? WebhookUrl { get; set; }

        /// <summary>As it was typed.</summary>
        public string? TimeoutSeconds { get; set; }

        public int? Seconds => int.TryParse(TimeoutSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 5 and <= 600 ? seconds : null;

        public static Form Of(Widget widget) => new() { WebhookUrl = widget.WebhookUrl, TimeoutSeconds = widget.TimeoutSeconds.ToString(CultureInfo.InvariantCulture) };
    }

    public sealed record Failure(DateTimeOffset? At, string? Type, int? StatusCode, int? LatencyMs)
    {
        public WebhookAdvice Advice => WebhookErrors.Parse(Type)?.Advice ?? new("The call failed", "Look under Executions in n8n.");
    }
}
