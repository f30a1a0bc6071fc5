using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>The real widget, asking the real workflow. What is asked from here is a test and counts nowhere.</summary>
[Authorize("Client")]
public sealed class TestModel(PortalDb db, TimeProvider clock) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken abort)
    {
        if (await WidgetHead.FindAsync(db, id, "Test", clock.GetUtcNow(), abort) is not { } head)
        {
            return NotFound();
        }

        Head = head;
        return Page();
    }
}
