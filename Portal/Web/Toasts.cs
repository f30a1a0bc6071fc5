using System.Text.Json;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Portal.Web;

/// <summary>One line of news at the bottom of the page.</summary>
public static class Toasts
{
    extension(PageModel page)
    {
        /// <summary>Says so with the fragment that htmx gets, or on the page that everybody else is sent to.</summary>
        public void Toast(string text)
        {
            if (page.Request.WantsFragment)
            {
                // JSON in a header: what is not ASCII arrives escaped.
                page.Response.Headers["HX-Trigger"] = JsonSerializer.Serialize(new { toast = text });
            }
            else
            {
                page.TempData["Toast"] = text;
            }
        }
    }
}
