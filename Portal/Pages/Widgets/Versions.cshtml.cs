using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>What is waiting to be published, and everything that ever was: who, when, what changed. Going back is a new version.</summary>
[Authorize("Client")]
public sealed class VersionsModel(PortalDb db, AuditLog audit, TimeProvider clock) : PageModel
{
    private const int PageSize = 20;

    public WidgetHead Head { get; private set; } = null!;
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public IReadOnlyList<ConfigChange> Waiting { get; private set; } = [];
    public DateTimeOffset? WaitingSince { get; private set; }
    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public int? Older { get; private set; }

    [BindProperty]
    [StringLength(200, ErrorMessage = "At most 200 letters.")]
    public string? Note { get; set; }

    /// <param name="before">Versions older than this one.</param>
    public async Task<IActionResult> OnGetAsync(Guid id, int? before, CancellationToken abort) =>
        await FindAsync(id, abort) is { } widget ? await ShowAsync(widget, before, abort) : NotFound();

    /// <summary>Publishes the draft.</summary>
    public async Task<IActionResult> OnPostAsync(Guid id, int version, CancellationToken abort)
    {
        if (await FindAsync(id, abort) is not { } widget)
        {
            return NotFound();
        }

        if (!ModelState.IsValid)
        {
            Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return await ShowAsync(widget, null, abort);
        }

        if (widget.Draft is not { } draft)
        {
            return RedirectToPage();
        }

        return await PublishAsync(widget, draft, version, VisitorText.Clean(Note) is { Length: > 0 } note ? note : null, abort);
    }

    public async Task<IActionResult> OnPostDiscardAsync(Guid id, CancellationToken abort)
    {
        if (await FindAsync(id, abort) is not { } widget)
        {
            return NotFound();
        }

        widget.DiscardDraft();
        await db.SaveChangesAsync(abort);
        this.Toast("The draft is gone. The form shows what is live.");
        return RedirectToPage();
    }

    /// <param name="version">The live one that was on the screen.</param>
    public async Task<IActionResult> OnPostBackAsync(Guid id, int to, int version, CancellationToken abort)
    {
        if (await FindAsync(id, abort) is not { } widget
            || await db.WidgetVersions.Where(v => v.WidgetId == id && v.Version == to).Select(v => v.Config).SingleOrDefaultAsync(abort) is not { } config)
        {
            return NotFound();
        }

        return await PublishAsync(widget, config, version, $"Back to version {to}", abort);
    }

    private async Task<IActionResult> PublishAsync(Widget widget, WidgetConfig config, int version, string? note, CancellationToken abort)
    {
        const string Overtaken = "Somebody published another version just now. Look at it first.";
        if (widget.Version != version)
        {
            this.Toast(Overtaken);
            return RedirectToPage();
        }

        try
        {
            db.Add(widget.Publish(config, User.PersonId, User.DisplayName, note, clock.GetUtcNow()));
            audit.Add(db, Act.WidgetPublished, widget, Fact.Version(version, widget.Version));
            await db.SaveChangesAsync(abort);
            this.Toast($"Version {widget.Version} is live.");
        }
        catch (DbUpdateException error) when (error.IsTakenVersion)
        {
            this.Toast(Overtaken);
        }

        return RedirectToPage();
    }

    private Task<Widget?> FindAsync(Guid id, CancellationToken abort) => db.Widgets.SingleOrDefaultAsync(w => w.Id == id, abort);

    private async Task<IActionResult> ShowAsync(Widget widget, int? before, CancellationToken abort)
    {
        Head = (await WidgetHead.FindAsync(db, widget.Id, "Versions", clock.GetUtcNow(), abort))!;
        Zone = await db.ZoneAsync(abort);
        if (widget.Draft is { } draft)
        {
            (Waiting, WaitingSince) = (ConfigChanges.Between(widget.Config, draft), widget.UpdatedAt);
        }

        // One more than is shown: what the last one changed is seen by the one before it.
        var versions = await db.WidgetVersions.AsNoTracking().Where(v => v.WidgetId == widget.Id && v.Version < (before ?? int.MaxValue))
            .OrderByDescending(v => v.Version).Take(PageSize + 1).ToListAsync(abort);
        Rows = [.. versions.Take(PageSize).Select((version, n) => new Row(
            version.Version, version.PublishedName, version.CreatedAt, version.Note, n + 1 < versions.Count ? ConfigChanges.Between(versions[n + 1].Config, version.Config) : null))];
        Older = versions.Count > PageSize ? Rows[^1].Version : null;
        return Page();
    }

    /// <param name="Changes">Null for the first one, before which there was nothing.</param>
    public sealed record Row(int Version, string? By, DateTimeOffset At, string? Note, IReadOnlyList<ConfigChange>? Changes);
}
