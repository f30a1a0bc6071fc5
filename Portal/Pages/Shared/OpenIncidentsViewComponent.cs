using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Shared;

/// <summary><c>&lt;vc:open-incidents /&gt;</c>: how many of the client's widgets are not answering, in red beside the way to them.</summary>
public sealed class OpenIncidentsViewComponent(PortalDb db) : ViewComponent
{
    public async Task<IViewComponentResult> InvokeAsync() =>
        View(await db.Incidents.CountAsync(i => i.EndedAt == null, HttpContext.RequestAborted));
}
