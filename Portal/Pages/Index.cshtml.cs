using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Model;

namespace Portal.Pages;

/// <summary>The start page: redirects everybody to where their work is.</summary>
public sealed class IndexModel : PageModel
{
    public IActionResult OnGet() => LocalRedirect(User.IsAdmin && !User.IsViewing ? "/admin/clients" : "/dashboard");
}
