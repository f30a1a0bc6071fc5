using Microsoft.AspNetCore.Mvc;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Pages.Shared;

/// <summary>
/// Whose portal this is, in the corner of every page: the client's mark and name, or the product's for an admin.
/// </summary>
public sealed class ClientBadgeViewComponent(CurrentClient current, PortalOptions portal) : ViewComponent
{
    public sealed record Shown(string Place, string Name, string Role, int? Tint)
    {
        public string Initial => Name.Mark;
    }

    public async Task<IViewComponentResult> InvokeAsync(string place)
    {
        var role = UserClaimsPrincipal.RoleName;
        if (UserClaimsPrincipal.ClientId is null)
        {
            return View(new Shown(place, portal.Name, role, null));
        }

        var client = await current.GetAsync(HttpContext.RequestAborted);
        return View(new Shown(place, client.Business, role, client.Id.Tint));
    }
}
