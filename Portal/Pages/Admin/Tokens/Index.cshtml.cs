using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Api;
using Portal.Audit;
using Portal.Hosting;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Tokens;

/// <summary>
/// The API tokens of admins: who created them, their permissions and expiry. A new one is shown once.
/// </summary>
public sealed class IndexModel(AccountsDb db, AuditLog audit, PortalOptions portal, TimeProvider clock) : PageModel
{
    public static readonly IReadOnlyList<int> Lives = [7, 30, 90, 365];

    public IReadOnlyList<AdminToken> Rows { get; private set; } = [];

    /// <summary>The text of the new token.</summary>
    public MadeToken? Made { get; private set; }

    [BindProperty]
    public Form Input { get; set; } = new();

    public DateTimeOffset Now => clock.GetUtcNow();

    public string Example =>
        $"curl -X POST {portal.Link("/api/admin/clean-up")} -H 'Authorization: Bearer TOKEN' -H 'Content-Type: application/json' -d '{{\"dryRun\": true}}'";

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Made = this.TakeShown<MadeToken>();
        await LoadAsync(cancellationToken);
    }

    [RequireRecentProof, SubmitOnce]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        string[] scopes = [.. AdminTokens.Scopes.Select(scope => scope.Name).Where(Input.Scopes.Contains)];
        if (scopes is [])
        {
            ModelState.AddModelError("Input.Scopes", "Select at least one permission.");
        }

        if (!Lives.Contains(Input.Days))
        {
            ModelState.AddModelError("Input.Days", "Choose an expiry from the list.");
        }

        if (!ModelState.IsValid)
        {
            await LoadAsync(cancellationToken);
            return this.Invalid();
        }

        var (row, token) = AdminToken.Make(
            Input.Name.Trim(),
            scopes,
            User.PersonId,
            User.DisplayName,
            Now,
            TimeSpan.FromDays(Input.Days)
        );
        db.Add(row);
        audit.Add(
            db,
            client: null,
            AuditAction.TokenMade,
            new Subject(row.Id, row.Name),
            AuditChange.Expires(null, row.ExpiresAt)
        );
        await db.SaveChangesAsync(cancellationToken);

        this.ShowOnce(new MadeToken(row.Name, token));
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRevokeAsync(Guid token, CancellationToken cancellationToken)
    {
        if (await db.AdminTokens.SingleOrDefaultAsync(row => row.Id == token, cancellationToken) is not { } found)
        {
            return NotFound();
        }

        if (found.RevokedAt is null)
        {
            found.Revoke(Now);
            audit.Add(db, client: null, AuditAction.TokenRevoked, new Subject(found.Id, found.Name));
            await db.SaveChangesAsync(cancellationToken);
        }

        this.Toast("Token revoked.");
        return RedirectToPage();
    }

    // Valid ones first, then the latest of the others.
    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var now = Now;
        Rows = await db
            .AdminTokens.AsNoTracking()
            .OrderBy(token => token.RevokedAt != null || token.ExpiresAt <= now)
            .ThenByDescending(token => token.CreatedAt)
            .Take(200)
            .ToListAsync(cancellationToken);
    }

    public sealed record MadeToken(string Name, string Token);

    public sealed class Form
    {
        [Name(AdminToken.NameMaxLength), Required(ErrorMessage = "Enter a name.")]
        public string Name { get; set; } = "";

        public int Days { get; set; } = 30;

        // Must be a mutable list, because binding leaves any other unchanged.
        public List<string> Scopes { get; set; } = [];
    }
}
