using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Hosting;

namespace Portal.Pages.Privacy;

/// <summary>What the portal stores, for everybody who finds its footer.</summary>
[AllowAnonymous]
public sealed class PortalModel(PortalOptions portal) : PageModel
{
    public string Name => portal.Name;

    /// <summary>The operator's own notice.</summary>
    public Uri? Own => portal.PrivacyUrl;
}
