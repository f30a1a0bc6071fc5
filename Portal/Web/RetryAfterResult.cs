using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Portal.Web;

/// <summary>A page's response to too many attempts.</summary>
public static class RetryAfterResult
{
    extension(PageModel page)
    {
        /// <summary>The page again, as a 429 that says how long to wait.</summary>
        /// <param name="field">Beside which it stands; the page's own place for errors where there is none.</param>
        public IActionResult TooMany(TimeSpan wait, string field = "", string then = "")
        {
            var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
            page.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            page.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            page.ModelState.Clear();
            page.ModelState.AddModelError(field, $"Too many attempts. Try again in {Words(seconds)}{then}.");
            return page.Page();
        }
    }

    /// <summary>The waiting time in words.</summary>
    public static string Words(int seconds) =>
        seconds switch
        {
            1 => "a second",
            < 90 => $"{seconds} seconds",
            < 5400 => $"{(seconds + 59) / 60} minutes",
            _ => $"{(seconds + 3599) / 3600} hours",
        };
}
