using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Web;
using Portal.Webhooks;

namespace Portal.Pages.Widgets.Connection;

/// <summary>Where a widget's messages go, how n8n knows that they are ours, and what came back lately.</summary>
public sealed class IndexModel(
    PortalDb db,
    CurrentClient current,
    WebhookUrl webhooks,
    WidgetCredentials credentials,
    AuditLog audit,
    TimeProvider clock
) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public IReadOnlyList<Failure> Failures { get; private set; } = [];
    public DateTimeOffset? LastAnswer { get; private set; }
    public SigningKeys Signing { get; private set; } = null!;

    [BindProperty]
    public ConnectionForm Input { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancellationToken)
    {
        var widget = await db.Widgets.AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, cancellationToken);
        if (widget is null)
        {
            return NotFound();
        }

        Input = ConnectionForm.Of(widget);
        Input.EditVersion = ConcurrentEdits.VersionOf(Input.Shown());
        ModelState.Clear();
        await LoadAsync(widget, cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        var widget = await db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken);
        if (widget is null)
        {
            return NotFound();
        }

        var (before, saved) = (ConnectionForm.Of(widget), widget.WebhookAuthSecret);
        (Input.Saved, Input.EditVersion) = (before.Saved, ConcurrentEdits.VersionOf(before.Shown()));
        Input.Apply(widget, webhooks, credentials, ModelState);
        if (!ModelState.IsValid || this.IsOutdated(before.Shown(), Input.Shown()))
        {
            // Discards the changes that were tried on the row.
            db.ChangeTracker.Clear();
            await LoadAsync(
                await db.Widgets.AsNoTracking().SingleAsync(w => w.Id == id, cancellationToken),
                cancellationToken
            );
            return this.Invalid("_ConnectionForm", Input);
        }

        audit.Add(
            db,
            AuditAction.WidgetConnected,
            widget,
            AuditChange.Webhook(before.WebhookUrl, widget.WebhookUrl),
            AuditChange.TimeoutSeconds(before.Seconds, widget.TimeoutSeconds),
            AuditChange.Authentication(Enum.Parse<WebhookAuth>(before.Auth), widget.WebhookAuth),
            AuditChange.NewSecret(widget.WebhookAuthSecret is not null && widget.WebhookAuthSecret != saved),
            AuditChange.AnswersLater(before.Later, widget.AnswersLater)
        );
        await db.SaveChangesAsync(cancellationToken);
        await edit.CommitAsync(cancellationToken);

        this.Toast("Saved.");
        var after = ConnectionForm.Of(widget);
        after.EditVersion = ConcurrentEdits.VersionOf(after.Shown());
        return this.Done("_ConnectionSaved", new Connected(after, SigningKeys.Of(widget, credentials)));
    }

    /// <summary>Checks an address while it is being typed.</summary>
    public async Task<IActionResult> OnPostAddressAsync(
        Guid id,
        string? webhookUrl,
        CancellationToken cancellationToken
    )
    {
        if (!await db.Widgets.AnyAsync(w => w.Id == id, cancellationToken))
        {
            return NotFound();
        }

        ModelState.Clear();
        return Request.WantsFragment
            ? Partial("_AddressAdvice", webhookUrl ?? "")
            : RedirectToPage("/Widgets/Connection/Index", new { id });
    }

    private async Task LoadAsync(Widget widget, CancellationToken cancellationToken)
    {
        var id = widget.Id;
        Head = (await WidgetHead.FindAsync(db, current, id, "Connection", clock.GetUtcNow(), cancellationToken))!;
        Zone = await current.ZoneAsync(cancellationToken);
        Signing = SigningKeys.Of(widget, credentials);
        LastAnswer = await db
            .ChatLogs.Where(l => l.WidgetId == id && l.Status == ChatStatus.Answered)
            .OrderByDescending(l => l.CreatedAt)
            .Select(l => l.AnsweredAt ?? l.CreatedAt)
            .FirstOrDefaultAsync(cancellationToken);
        Failures = await db
            .WebhookErrors.Where(e => e.WidgetId == id)
            .OrderByDescending(e => e.OccurredAt)
            .Take(5)
            .Select(e => new Failure(
                e.OccurredAt,
                e.ErrorType,
                e.StatusCode,
                e.ErrorMessage,
                e.LatencyMs,
                db.ChatLogs.Any(l => l.Id == e.ChatLogId && l.Status == ChatStatus.Empty)
            ))
            .ToListAsync(cancellationToken);
    }

    public sealed record Connected(ConnectionForm Form, SigningKeys Signing);

    /// <param name="IsEmpty">The workflow ran and returned nothing, which is not a failure.</param>
    public sealed record Failure(
        DateTimeOffset? At,
        string? Type,
        int? StatusCode,
        string? Message,
        int? LatencyMs,
        bool IsEmpty
    )
    {
        public WebhookAdvice Advice =>
            WebhookDiagnosis.Of(Type, StatusCode, Message) ?? new("Request failed", "Check Executions in n8n.");
    }
}
