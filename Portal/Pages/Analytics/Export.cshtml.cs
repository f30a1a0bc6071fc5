using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Data;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Analytics;

/// <summary>The days on the page as a CSV file.</summary>
public sealed class ExportModel(
    PortalDb db,
    [FromKeyedServices(ReportsOptions.Key)] PortalDb reports,
    CurrentClient client,
    ActionLimits limits,
    AuditLog audit,
    TimeProvider clock
) : PageModel
{
    private static readonly string[] s_columns =
    [
        "Date",
        "Time zone",
        "Messages",
        "Conversations",
        "Answered",
        "Failed",
        "Average confidence",
        "Answers with confidence",
        "Answers below 0.5",
        "Thumbs up",
        "Thumbs down",
    ];

    [BindProperty(SupportsGet = true)]
    public Period By { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        await limits.ExportAsync(User, cancellationToken);
        if (By.Widget is { } asked && !await db.Widgets.AnyAsync(w => w.Id == asked, cancellationToken))
        {
            return NotFound();
        }

        var zone = await client.ZoneAsync(cancellationToken);
        var today = ClientDay.Of(clock.GetUtcNow(), zone);
        var (first, last) = By.Of(today);
        var figures = await Figures.OfAsync(reports, By.Widget, first, last, today, cancellationToken);
        audit.Add(
            db,
            AuditAction.AnalyticsExported,
            Subject.None,
            AuditChange.Period(ClientDay.On(first, zone).From, ClientDay.On(last, zone).Until)
        );
        await db.SaveChangesAsync(cancellationToken);
        return new CsvFile(
            $"analytics-{first:yyyy-MM-dd}-to-{last:yyyy-MM-dd}.csv",
            s_columns,
            figures
                .Days.Select(day =>
                    new object?[]
                    {
                        day.Date.ToString("O", CultureInfo.InvariantCulture),
                        zone.Id,
                        day.Chats,
                        day.Conversations,
                        day.Answered,
                        day.Failed,
                        day.Confidence is { } confidence ? Math.Round(confidence, 4) : null,
                        day.Rated,
                        day.Unsure,
                        day.Up,
                        day.Down,
                    }
                )
                .ToAsyncEnumerable()
        );
    }
}
