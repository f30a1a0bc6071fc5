namespace Portal.Web;

/// <summary>Light or dark, as the person chose; without a choice the system's. The server writes it into the page, so nothing flashes.</summary>
public static class Themes
{
    private const string CookieName = "theme";

    extension(HttpRequest request)
    {
        /// <summary><c>light</c>, <c>dark</c>, or null for the system's.</summary>
        public string? Theme =>
            CookiesOf(request.HttpContext).Read(request.HttpContext, CookieName) is var theme
            && theme is "light" or "dark"
                ? theme
                : null;
    }

    extension(HttpResponse response)
    {
        public void Remember(string? theme)
        {
            var context = response.HttpContext;
            if (theme is "light" or "dark")
            {
                CookiesOf(context).Append(context, CookieName, theme, TimeSpan.FromDays(365));
            }
            else
            {
                CookiesOf(context).Delete(context, CookieName);
            }
        }
    }

    private static PortalCookies CookiesOf(HttpContext context) =>
        context.RequestServices.GetRequiredService<PortalCookies>();
}
