using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Shared;

public sealed class OpenIncidentsViewComponent(PortalDb db) : ViewComponent
{
    public async Task<IViewComponentResult> InvokeAsync() =>
        View(await db.Incidents.CountAsync(i => i.EndedAt == null, HttpContext.RequestAborted));
}
