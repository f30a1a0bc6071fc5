using System.Security.Claims;

namespace Portal.Pages.Widgets;

/// <summary>Who made a version live, as its history keeps it.</summary>
public static class Publisher
{
    extension(ClaimsPrincipal user)
    {
        public Guid PersonId => Guid.Parse(user.FindFirstValue(ClaimTypes.NameIdentifier)!);
    }
}
