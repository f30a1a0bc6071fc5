namespace Portal.Infrastructure;

/// <summary>Light or dark, as the person chose; without a choice the system's. The server writes it into the page, so nothing flashes.</summary>
public static class Themes
{
    private const string CookieName = "theme";

    extension(HttpRequest request)
    {
        /// <summary><c>light</c>, <c>dark</c>, or null for the system's.</summary>
        public string? Theme => request.Cookies[CookieName] is "light" or "dark" ? request.Cookies[CookieName] : null;
    }

    extension(HttpResponse response)
    {
        public void Remember(string? theme)
        {
            var options = new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = response.HttpContext.Request.IsHttps, MaxAge = TimeSpan.FromDays(365), IsEssential = true };
            if (theme is "light" or "dark")
            {
                response.Cookies.Append(CookieName, theme, options);
            }
            else
            {
                response.Cookies.Delete(CookieName, options);
            }
        }
    }
}
