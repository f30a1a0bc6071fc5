using System.Security.Claims;
using Portal.Model;

namespace Portal.Web;

/// <summary>
/// A page in the navigation, under the same name in the sidebar, in a phone's tab bar and under "More".
/// </summary>
public sealed record Destination(string Text, string Icon, string Path)
{
    public static readonly IReadOnlyList<Destination> OfClients =
    [
        new("Dashboard", "layout-dashboard", "/dashboard"),
        new("Widgets", "message-chatbot", "/widgets"),
        new("Conversations", "messages", "/conversations"),
        new("Analytics", "chart-bar", "/analytics"),
        new("Improve", "bulb", "/improve"),
        new("Health", "activity-heartbeat", "/errors"),
        new("Demos", "presentation", "/demos"),
    ];

    public static readonly Destination Team = new("Team", "users", "/team");

    /// <summary>For owners.</summary>
    public static readonly IReadOnlyList<Destination> OfOwners =
    [
        new("Settings", "settings", "/settings"),
        new("Audit log", "history", "/audit"),
    ];

    public static readonly IReadOnlyList<Destination> OfPlatform =
    [
        new("Clients", "building", "/admin/clients"),
        new("Widgets", "message-chatbot", "/admin/widgets"),
        new("Corrections", "bulb", "/admin/corrections"),
        new("Email log", "mail", "/admin/mail"),
        new("Incidents", "alert-triangle", "/admin/incidents"),
        new("Background jobs", "clock-play", "/admin/jobs"),
        new("API tokens", "key", "/admin/tokens"),
        new("System", "server", "/admin/system"),
        new("Audit log", "history", "/admin/audit"),
    ];

    public static readonly Destination Person = new("Account", "user", "/account");

    /// <summary>The link to everything that a phone's tab bar has no room for.</summary>
    public static readonly Destination More = new("More", "dots", "/more");

    /// <summary>
    /// The four pages that a person opens most; a phone's tab bar shows them, and <see cref="More"/> as the fifth.
    /// </summary>
    public static IReadOnlyList<Destination> InTabBar(ClaimsPrincipal person) =>
        person.ClientId is null
            ?
            [
                .. OfPlatform.Where(destination =>
                    destination.Path is "/admin/clients" or "/admin/widgets" or "/admin/incidents" or "/admin/mail"
                ),
            ]
            : [.. OfClients.Take(4)];

    public bool IsCurrent(PathString path) => path.StartsWithSegments(Path);
}
