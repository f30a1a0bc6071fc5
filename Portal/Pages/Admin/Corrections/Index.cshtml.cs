using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Inbox;
using Portal.Model;
using Portal.Pages.Improve;
using Portal.Web;

namespace Portal.Pages.Admin.Corrections;

/// <summary>Every client's corrections, for whoever maintains the bots.</summary>
public sealed class IndexModel(AgencyDb db, CorrectionSettlement settlement) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public CorrectionFilter By { get; set; } = new();

    public CorrectionList List { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        List = await CorrectionRow.ListAsync(db, By, TimeZoneInfo.Utc, withClients: true, cancellationToken);
    }

    public async Task<IActionResult> OnPostSettleAsync(
        Guid correction,
        CorrectionState state,
        int? version,
        string? reply,
        CancellationToken cancellationToken
    )
    {
        if (
            await settlement.SettleAsync(db, correction, new(state, version, reply), Member.Of(User), cancellationToken)
            is not { } said
        )
        {
            return NotFound();
        }

        this.Toast(said);
        return RedirectToPage(new { all = By.All ? true : (bool?)null });
    }
}
