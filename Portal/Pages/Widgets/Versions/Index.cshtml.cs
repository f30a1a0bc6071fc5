using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets.Versions;

/// <summary>
/// What is waiting to be published, and everything that ever was: who, when, what changed. Going back is a new version.
/// </summary>
public sealed class IndexModel(PortalDb db, CurrentClient client, AuditLog audit, TimeProvider clock) : PageModel
{
    private const int PageSize = 20;

    public WidgetHead Head { get; private set; } = null!;
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public IReadOnlyList<ConfigChange> Waiting { get; private set; } = [];
    public DateTimeOffset? WaitingSince { get; private set; }
    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public int? Older { get; private set; }
    public string EditVersion { get; private set; } = "";

    /// <summary>Whether somebody else has changed the widget since this page was opened.</summary>
    public bool IsOvertaken { get; private set; }

    [BindProperty]
    [StringLength(200, ErrorMessage = "Up to 200 characters.")]
    public string? Note { get; set; }

    /// <param name="before">Versions older than this one.</param>
    public async Task<IActionResult> OnGetAsync(Guid id, int? before, CancellationToken cancellationToken) =>
        await FindAsync(id, cancellationToken) is { } widget
            ? await ShowAsync(widget, before, cancellationToken)
            : NotFound();

    /// <summary>Publishes the draft.</summary>
    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (await FindAsync(id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        if (!ModelState.IsValid || (widget.Draft is not null && IsOutdated(widget)))
        {
            return await RefuseAsync(widget, cancellationToken);
        }

        if (widget.Draft is { } draft)
        {
            await PublishAsync(
                widget,
                draft,
                VisitorText.Clean(Note) is { Length: > 0 } note ? note : null,
                cancellationToken
            );
            await edit.CommitAsync(cancellationToken);
        }

        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostDiscardAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (await FindAsync(id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        if (widget.Draft is not null && IsOutdated(widget))
        {
            return await RefuseAsync(widget, cancellationToken);
        }

        widget.DiscardDraft();
        await db.SaveChangesAsync(cancellationToken);
        await edit.CommitAsync(cancellationToken);
        this.Toast("Draft discarded.");
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostBackAsync(Guid id, int to, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (
            await FindAsync(id, cancellationToken) is not { } widget
            || await db
                .WidgetVersions.Where(v => v.WidgetId == id && v.Version == to)
                .Select(v => v.Config)
                .SingleOrDefaultAsync(cancellationToken)
                is not { } config
        )
        {
            return NotFound();
        }

        if (IsOutdated(widget))
        {
            return await RefuseAsync(widget, cancellationToken);
        }

        await PublishAsync(widget, config, $"Restored version {to}", cancellationToken);
        await edit.CommitAsync(cancellationToken);
        return RedirectToPage();
    }

    // Decisions on this page are about everything it shows, so any change since then has to be reviewed first.
    private bool IsOutdated(Widget widget) =>
        IsOvertaken = !this.HasVersion(WidgetEditVersion.Of(widget), mayReplace: false);

    private async Task<IActionResult> RefuseAsync(Widget widget, CancellationToken cancellationToken)
    {
        Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        return await ShowAsync(widget, null, cancellationToken);
    }

    private async Task PublishAsync(
        Widget widget,
        WidgetConfig config,
        string? note,
        CancellationToken cancellationToken
    )
    {
        var version = widget.Version;
        db.Add(widget.Publish(config, User.PersonId, User.DisplayName, note, clock.GetUtcNow()));
        audit.Add(db, AuditAction.WidgetPublished, widget, AuditChange.Version(version, widget.Version));
        await db.SaveChangesAsync(cancellationToken);
        this.Toast($"Published. Version {widget.Version} is live.");
    }

    private Task<Widget?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken);

    private async Task<IActionResult> ShowAsync(Widget widget, int? before, CancellationToken cancellationToken)
    {
        Head = (await WidgetHead.FindAsync(db, client, widget.Id, "Versions", clock.GetUtcNow(), cancellationToken))!;
        Zone = await client.ZoneAsync(cancellationToken);
        EditVersion = WidgetEditVersion.Of(widget);
        if (widget.Draft is { } draft)
        {
            (Waiting, WaitingSince) = (ConfigChanges.Between(widget.Config, draft), widget.UpdatedAt);
        }

        // One more than is shown, because the changes of the last one are compared with the one before it.
        var versions = await db
            .WidgetVersions.AsNoTracking()
            .Where(v => v.WidgetId == widget.Id && v.Version < (before ?? int.MaxValue))
            .OrderByDescending(v => v.Version)
            .Take(PageSize + 1)
            .ToListAsync(cancellationToken);
        Rows =
        [
            .. versions
                .Take(PageSize)
                .Select(
                    (version, n) =>
                        new Row(
                            version.Version,
                            version.PublishedName,
                            version.CreatedAt,
                            version.Note,
                            n + 1 < versions.Count
                                ? ConfigChanges.Between(versions[n + 1].Config, version.Config)
                                : null
                        )
                ),
        ];
        Older = versions.Count > PageSize ? Rows[^1].Version : null;
        return Page();
    }

    /// <param name="Changes">Null for the first one, before which there was nothing.</param>
    public sealed record Row(
        int Version,
        string? By,
        DateTimeOffset At,
        string? Note,
        IReadOnlyList<ConfigChange>? Changes
    );
}
