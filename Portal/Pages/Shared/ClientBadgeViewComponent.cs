using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Pages.Shared;

/// <summary>The client's mark and name in the corner of every page, or the product's for an admin.</summary>
public sealed class ClientBadgeViewComponent(PortalDb db, PortalOptions portal) : ViewComponent
{
    public sealed record Shown(string Place, string Name, string Role, int? Tint)
    {
        public string Initial => Name.Mark;
    }

    public async Task<IViewComponentResult> InvokeAsync(string place)
    {
        var role = UserClaimsPrincipal.RoleName;
        if (UserClaimsPrincipal.ClientId is not { } id)
        {
            return View(new Shown(place, portal.Name, role, null));
        }

        var client = await db.Clients.AsNoTracking().SingleAsync(client => client.Id == id, HttpContext.RequestAborted);
        return View(new Shown(place, client.Business, role, client.Id.Tint));
    }
}
