using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets;

/// <summary>Turns a widget on or off for all visitors at once.</summary>
[Authorize("Client")]
public sealed class SwitchModel(PortalDb db, AuditLog audit, TimeProvider clock) : PageModel
{
    public IActionResult OnGet(Guid id) => RedirectToPage("/Widgets/Customize", new { id });

    public async Task<IActionResult> OnPostAsync(Guid id, bool on, string? tab, CancellationToken cancellationToken)
    {
        var widget = await db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken);
        if (widget is null)
        {
            return NotFound();
        }

        if (on)
        {
            widget.SwitchOn();
        }
        else
        {
            widget.SwitchOff();
        }

        audit.Add(db, on ? AuditAction.WidgetSwitchedOn : AuditAction.WidgetSwitchedOff, widget);
        await db.SaveChangesAsync(cancellationToken);

        tab = WidgetHead.Tabs.FirstOrDefault(known => known == tab) ?? "Customize";
        return Request.WantsFragment
            ? Partial(
                "_Switched",
                (await WidgetHead.FindAsync(db, id, tab, clock.GetUtcNow(), cancellationToken))! with
                {
                    Swap = true,
                }
            )
            : RedirectToPage($"/Widgets/{tab}", new { id });
    }
}
