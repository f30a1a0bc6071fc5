using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets;

/// <summary>Deletes a widget with everything, once its name was typed. It is silent and gone from all pages at once; a job does the rest.</summary>
[Authorize(AccessPolicies.Owner)]
public sealed class DeleteModel(PortalDb db, AuditLog audit, TimeProvider clock) : PageModel
{
    public Widget Widget { get; private set; } = null!;
    public int Conversations { get; private set; }
    public int Versions { get; private set; }

    /// <summary>What is to be typed.</summary>
    public string Confirm => Names.ToConfirm(Widget.Name);

    [BindProperty]
    public string? Typed { get; set; }

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken abort) => await LoadAsync(id, abort) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken abort)
    {
        if (!await LoadAsync(id, abort))
        {
            return NotFound();
        }

        if (!Names.ReadAlike(Typed, Confirm))
        {
            ModelState.AddModelError(nameof(Typed), "That is not its name.");
            return this.Invalid();
        }

        var name = Widget.Name;
        audit.Add(db, Act.WidgetDeleted, Widget, Fact.Count(Conversations));
        Widget.Delete(clock.GetUtcNow());
        await db.SaveChangesAsync(abort);
        this.Toast($"{name} is deleted.");
        return RedirectToPage("/Widgets/Index");
    }

    private async Task<bool> LoadAsync(Guid id, CancellationToken abort)
    {
        if (await db.Widgets.SingleOrDefaultAsync(w => w.Id == id, abort) is not { } widget)
        {
            return false;
        }

        Widget = widget;
        Conversations = await db.VisitorSessions.WithMessages().CountAsync(s => s.WidgetId == id, abort);
        Versions = await db.WidgetVersions.CountAsync(v => v.WidgetId == id, abort);
        return true;
    }
}
