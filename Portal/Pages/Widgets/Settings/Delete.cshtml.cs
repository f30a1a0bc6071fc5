using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets.Settings;

/// <summary>
/// Deletes a widget with everything, once its name was typed. It is silent and gone from all pages at once; a job does
/// the rest.
/// </summary>
public sealed class DeleteModel(PortalDb db, AuditLog audit, TimeProvider clock) : PageModel
{
    public Widget Widget { get; private set; } = null!;
    public int Conversations { get; private set; }
    public int Versions { get; private set; }

    /// <summary>The text to type.</summary>
    public string Confirm => Names.ToConfirm(Widget.Name);

    [BindProperty]
    public string? Typed { get; set; }

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancellationToken) =>
        await LoadAsync(id, cancellationToken) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        if (!Names.ReadAlike(Typed, Confirm))
        {
            ModelState.AddModelError(nameof(Typed), "The name doesn’t match.");
            return this.Invalid();
        }

        var name = Widget.Name;
        audit.Add(db, AuditAction.WidgetDeleted, Widget, AuditChange.Count(Conversations));
        Widget.Delete(clock.GetUtcNow());
        await db.SaveChangesAsync(cancellationToken);
        this.Toast($"{name} deleted.");
        return RedirectToPage("/Widgets/Index");
    }

    private async Task<bool> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken) is not { } widget)
        {
            return false;
        }

        Widget = widget;
        Conversations = await db.VisitorSessions.WithMessages().CountAsync(s => s.WidgetId == id, cancellationToken);
        Versions = await db.WidgetVersions.CountAsync(v => v.WidgetId == id, cancellationToken);
        return true;
    }
}
