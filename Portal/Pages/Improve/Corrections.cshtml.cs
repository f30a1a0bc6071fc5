using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Inbox;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Improve;

/// <summary>The client's corrections, until the bot answers each right.</summary>
public sealed class CorrectionsModel(PortalDb db, CorrectionSettlement settlement, CurrentClient client) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public CorrectionFilter By { get; set; } = new();

    public CorrectionList List { get; private set; } = null!;

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        List = await CorrectionRow.ListAsync(
            db,
            By,
            await client.ZoneAsync(cancellationToken),
            withClients: false,
            cancellationToken
        );
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
