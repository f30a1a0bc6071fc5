using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.More;

/// <summary>Every page that does not fit into a phone's tab bar; a wide screen has them in its sidebar.</summary>
public sealed class IndexModel : PageModel
{
    public IReadOnlyList<(string? Heading, IReadOnlyList<Destination> Destinations)> Groups { get; private set; } = [];

    public void OnGet() => Groups = [.. Of().Where(group => group.Destinations.Count > 0)];

    private IEnumerable<(string? Heading, IReadOnlyList<Destination> Destinations)> Of()
    {
        var inBar = Destination.InTabBar(User);
        if (User.ClientId is not null)
        {
            yield return (
                null,
                [.. Destination.OfClients.Except(inBar), Destination.Team, .. User.Manages ? Destination.OfOwners : []]
            );
        }

        if (User.IsAdmin)
        {
            yield return (User.ClientId is null ? null : "Admin", [.. Destination.OfPlatform.Except(inBar)]);
        }

        yield return ("Personal", [Destination.Person]);
    }
}
