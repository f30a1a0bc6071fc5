using System.Security.Claims;
using Portal.Model;

namespace Portal.Web;

/// <summary>One way through the portal, in the sidebar and, with its short name, in a phone's tab bar.</summary>
public sealed record Destination(string Text, string ShortText, string Icon, string Path)
{
    public static readonly IReadOnlyList<Destination> OfClients =
    [
        new("Dashboard", "Home", "layout-dashboard", "/dashboard"),
        new("Widgets", "Widgets", "message-chatbot", "/widgets"),
        new("Conversations", "Chats", "messages", "/conversations"),
        new("Analytics", "Analytics", "chart-bar", "/analytics"),
        new("Errors", "Errors", "alert-triangle", "/errors"),
        new("Demo links", "Demos", "presentation", "/demos"),
    ];

    public static readonly Destination Team = new("Team", "Team", "users", "/team");

    /// <summary>For those who manage a client.</summary>
    public static readonly IReadOnlyList<Destination> OfOwners =
    [
        new("Settings", "Settings", "settings", "/settings"),
        new("Audit log", "Audit", "history", "/audit"),
    ];

    public static readonly IReadOnlyList<Destination> OfPlatform =
    [
        new("Clients", "Clients", "building", "/admin/clients"),
        new("All widgets", "Widgets", "message-chatbot", "/admin/widgets"),
        new("Mail", "Mail", "mail", "/admin/mail"),
        new("Incidents", "Incidents", "alert-triangle", "/admin/incidents"),
        new("Jobs", "Jobs", "clock-play", "/admin/jobs"),
        new("Access tokens", "Tokens", "key", "/admin/tokens"),
        new("Audit log", "Audit", "history", "/admin/audit"),
    ];

    public static readonly Destination Person = new("Your account", "Account", "user", "/account");

    /// <summary>A phone's way to everything that its tab bar has no room for.</summary>
    public static readonly Destination More = new("More", "More", "dots", "/more");

    /// <summary>The four pages that a person opens most; a phone's tab bar shows them, and <see cref="More"/> as the fifth.</summary>
    public static IReadOnlyList<Destination> InTabBar(ClaimsPrincipal person) => person.ClientId is null
        ? [.. OfPlatform.Where(destination => destination.Path is "/admin/clients" or "/admin/widgets" or "/admin/incidents" or "/admin/mail")]
        : [.. OfClients.Take(4)];

    public bool IsCurrent(PathString path) => path.StartsWithSegments(Path);
}
