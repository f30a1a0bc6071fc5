using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Pages.Widgets.Connection;

/// <summary>A workflow to import into n8n, made for one widget: each download has a path of its own.</summary>
public sealed class WorkflowTemplateModel(PortalDb db, WidgetCredentials credentials) : PageModel
{
    public async Task<IActionResult> OnGetAsync(Guid id, string name, CancellationToken cancellationToken)
    {
        if (
            await db.Widgets.AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, cancellationToken) is not { } widget
            || WorkflowTemplates.Make(name, widget.Name, credentials.PublicKey(widget)) is not { } workflow
        )
        {
            return NotFound();
        }

        Response.Headers.CacheControl = "no-store";
        return File(Encoding.UTF8.GetBytes(workflow), "application/json", $"{name}.json");
    }
}
