using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>The real widget with the real workflow. Its conversations are tests and excluded from analytics.</summary>
[Authorize("Client")]
public sealed class TestModel(PortalDb db, TimeProvider clock) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;
    public WidgetLook Look { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await WidgetHead.FindAsync(db, id, "Test", clock.GetUtcNow(), cancellationToken) is not { } head)
        {
            return NotFound();
        }

        Head = head;
        Look = (await db.Widgets.Where(w => w.Id == id).Select(w => w.Config).SingleAsync(cancellationToken)).Look;
        return Page();
    }
}
