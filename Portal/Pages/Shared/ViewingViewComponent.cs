using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Shared;

/// <summary>The bar on every page while an admin views as a client.</summary>
public sealed class ViewingViewComponent(PortalDb db) : ViewComponent
{
    public sealed record Shown(Guid Id, string Business);

    public async Task<IViewComponentResult> InvokeAsync() =>
        await db.Clients.AsNoTracking().SingleOrDefaultAsync(HttpContext.RequestAborted) is { } client
            ? View(new Shown(client.Id, client.Business))
            : Content("");
}
