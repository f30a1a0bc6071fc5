using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Widgets.Test;

/// <summary>The real widget, asking the real workflow. What is asked from here is a test and counts nowhere.</summary>
public sealed class IndexModel(PortalDb db, CurrentClient client, TimeProvider clock) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;
    public WidgetLook Look { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await WidgetHead.FindAsync(db, client, id, "Test", clock.GetUtcNow(), cancellationToken) is not { } head)
        {
            return NotFound();
        }

        Head = head;
        Look = (await db.Widgets.Where(w => w.Id == id).Select(w => w.Config).SingleAsync(cancellationToken)).Look;
        return Page();
    }
}
