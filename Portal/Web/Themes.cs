namespace Portal.Web;

/// <summary>
/// Light or dark, as the person chose; otherwise the system's setting. The server renders it into the page, so nothing
/// flashes.
/// </summary>
public static class Themes
{
    private const string CookieName = "theme";

    extension(HttpRequest request)
    {
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
