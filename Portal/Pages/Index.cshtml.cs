using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Model;

namespace Portal.Pages;

/// <summary>The front door: everybody begins where their work is.</summary>
public sealed class IndexModel : PageModel
{
    public IActionResult OnGet() => LocalRedirect(User.IsAdmin && !User.IsViewing ? "/admin/clients" : "/dashboard");
}
