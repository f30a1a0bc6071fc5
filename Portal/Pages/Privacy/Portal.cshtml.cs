using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Hosting;

namespace Portal.Pages.Privacy;

/// <summary>What the portal itself stores, for anybody who follows the footer's link.</summary>
[AllowAnonymous]
public sealed class PortalModel(PortalOptions portal) : PageModel
{
    public string Name => portal.Name;

    /// <summary>The operator's own privacy policy.</summary>
    public Uri? Own => portal.PrivacyUrl;
}
