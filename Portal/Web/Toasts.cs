using System.Text.Json;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Portal.Web;

/// <summary>A short message at the bottom of the page.</summary>
public static class Toasts
{
    extension(PageModel page)
    {
        /// <summary>Sent with the fragment for htmx, or shown on the page after the redirect.</summary>
        public void Toast(string text)
        {
            if (page.Request.WantsFragment)
            {
                // JSON in a header, so non-ASCII characters are escaped.
                page.Response.Headers["HX-Trigger"] = JsonSerializer.Serialize(new { toast = text });
            }
            else
            {
                page.TempData["Toast"] = text;
            }
        }
    }
}
