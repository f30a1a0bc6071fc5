using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Model;

namespace Portal.Pages.Widgets;

public sealed class IndexModel(PortalDb db, CurrentClient client, TimeProvider clock) : PageModel
{
    public IReadOnlyList<WidgetOverview> Rows { get; private set; } = [];
    public DateTimeOffset Now { get; } = clock.GetUtcNow();

    public async Task OnGetAsync(CancellationToken cancellationToken) =>
        Rows = await db.WidgetOverviewsAsync(
            ClientDay.Of(Now, await client.ZoneAsync(cancellationToken)),
            cancellationToken
        );
}
