using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Audit;
using Portal.Inbox;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Improve;

/// <summary>The client's corrections, until the bot answers each right.</summary>
public sealed class CorrectionsModel(
    PortalDb db,
    AccountsDb accounts,
    AuditLog audit,
    CurrentClient client,
    TimeProvider clock
) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "all")]
    public bool All { get; set; }

    [BindProperty(SupportsGet = true, Name = "p")]
    public int Number { get; set; } = 1;

    public CorrectionList List { get; private set; } = new([], false, TimeZoneInfo.Utc);
    public bool HasNext { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Number = Math.Clamp(Number, 1, 1000);
        var rows = await CorrectionRow.ListAsync(db, All, Number, named: false, cancellationToken);
        HasNext = rows.Count > CorrectionRow.PageSize;
        List = new(
            rows[..Math.Min(rows.Count, CorrectionRow.PageSize)],
            All,
            await client.ZoneAsync(cancellationToken)
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
        var message = reply?.Trim();
        var settled = await db.SettleAsync(
            audit,
            accounts,
            correction,
            state,
            version is > 0 ? version : null,
            string.IsNullOrEmpty(message) ? null : message[..Math.Min(message.Length, Correction.ReplyMaxLength)],
            new Member(User.PersonId, User.DisplayName),
            clock.GetUtcNow(),
            cancellationToken
        );
        if (!settled)
        {
            return NotFound();
        }

        this.Toast(
            state switch
            {
                CorrectionState.Fixed => "Marked as fixed.",
                CorrectionState.Dismissed => "Closed.",
                _ => "Reopened.",
            }
        );
        return RedirectToPage(new { all = All ? true : (bool?)null });
    }
}
