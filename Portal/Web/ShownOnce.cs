using System.Text.Json;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Portal.Web;

/// <summary>
/// A value that a page shows once, after the redirect that follows a form: a link to hand over, a new token. It is
/// stored in an encrypted cookie, so that reloading the result submits no form again.
/// </summary>
public static class ShownOnce
{
    extension(PageModel page)
    {
        public void ShowOnce<T>(T value)
            where T : class => page.TempData[KeyOf<T>()] = JsonSerializer.Serialize(value);

        /// <summary>The value that the previous request left, or null.</summary>
        public T? TakeShown<T>()
            where T : class => page.TempData[KeyOf<T>()] is string json ? JsonSerializer.Deserialize<T>(json) : null;
    }

    // By type, so that a value that nobody came to see does not appear on another page.
    private static string KeyOf<T>() => $"ShownOnce.{typeof(T).FullName}";
}
