using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets.Settings;

/// <summary>
/// A widget's name among its client's others, the key of its conversations, and the way to its deletion.
/// </summary>
public sealed class IndexModel(
    PortalDb db,
    CurrentClient client,
    WidgetSecrets secrets,
    AuditLog audit,
    TimeProvider clock
) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;
    public int Open { get; private set; }
    public string EditVersion { get; private set; } = "";

    [BindProperty, WidgetName, Required(ErrorMessage = "Enter a name.")]
    public string? Name { get; set; }

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        Name = widget.Name;
        await LoadAsync(id, cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (await FindAsync(id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        var name = Names.Clean(Name);
        if (
            !ModelState.IsValid
            || this.IsOutdated(Shown(widget.Name), Shown(name))
            || !await RenameAsync(widget, name, cancellationToken)
        )
        {
            db.ChangeTracker.Clear();
            await LoadAsync(id, cancellationToken);
            return this.Invalid();
        }

        await edit.CommitAsync(cancellationToken);

        this.Toast("Saved.");
        return RedirectToPage();
    }

    /// <summary>
    /// Rotates the session key: open conversations end, and visitors start a new one with their next message.
    /// </summary>
    public async Task<IActionResult> OnPostRotateAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        widget.RotateSecret(secrets.Create(widget.ClientId, widget.Id));
        audit.Add(db, AuditAction.WidgetSecretRotated, widget);
        await db.SaveChangesAsync(cancellationToken);
        this.Toast("Key rotated. Open conversations were ended.");
        return RedirectToPage();
    }

    private async Task<bool> RenameAsync(Widget widget, string name, CancellationToken cancellationToken)
    {
        var before = widget.Name;
        widget.Rename(name);
        if (before != name)
        {
            audit.Add(db, AuditAction.WidgetRenamed, widget, AuditChange.Name(before, name));
        }

        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException error) when (error.IsTakenName)
        {
            ModelState.AddModelError(nameof(Name), UniqueName.Sentence);
            return false;
        }
    }

    private static EditField[] Shown(string name) => [new("Name", name)];

    private Task<Widget?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken);

    private async Task LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        Head = (await WidgetHead.FindAsync(db, client, id, "Settings", now, cancellationToken))!;
        EditVersion = ConcurrentEdits.VersionOf(Shown(Head.Name));
        Open = await db.VisitorSessions.CountAsync(
            s => s.WidgetId == id && s.RevokedAt == null && s.ExpiresAt > now && s.Kind == SessionKind.Live,
            cancellationToken
        );
    }
}
