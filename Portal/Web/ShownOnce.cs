using System.Text.Json;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Portal.Web;

/// <summary>
/// What a page shows once, after the redirect that follows a form: a link to hand over, a new token. It travels in an encrypted cookie, so that a
/// reload of the result sends no form again.
/// </summary>
public static class ShownOnce
{
    extension(PageModel page)
    {
        public void ShowOnce<T>(T value)
            where T : class => page.TempData[KeyOf<T>()] = JsonSerializer.Serialize(value);

        /// <summary>What the request before this one left to be shown, or null.</summary>
        public T? TakeShown<T>()
            where T : class => page.TempData[KeyOf<T>()] is string json ? JsonSerializer.Deserialize<T>(json) : null;
    }

    // By type, so that what one page left, and nobody came to see, is in no other page's way.
    private static string KeyOf<T>() => $"ShownOnce.{typeof(T).FullName}";
}
