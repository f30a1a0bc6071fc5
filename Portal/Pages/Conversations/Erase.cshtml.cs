using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Conversations;

/// <summary>Deletes everything one visitor said on one client's widgets, after a question.</summary>
public sealed class EraseModel(PortalDb db, AuditLog audit) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public string Visitor { get; private set; } = "";
    public int Conversations { get; private set; }
    public int Messages { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is not { } visitor)
        {
            return NotFound();
        }

        Visitor = Transcript.Shorten(visitor);
        Conversations = await Of(visitor).CountAsync(cancellationToken);
        Messages = await Of(visitor).SumAsync(s => s.MessageCount, cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await FindAsync(cancellationToken) is not { } visitor)
        {
            return NotFound();
        }

        // Logged by the short ID that pages show, because the log outlives the visitor's data.
        var erased = await db.EraseAsync(Of(visitor), cancellationToken, count =>
            audit.Add(
                db,
                AuditAction.ConversationsErased,
                new Subject(null, $"Visitor {Transcript.Shorten(visitor)}"),
                AuditChange.Count(count)
            )
        );
        this.Toast(erased == 1 ? "1 conversation deleted." : $"{erased:N0} conversations deleted.");
        return Redirect("/conversations");
    }

    private Task<string?> FindAsync(CancellationToken cancellationToken) =>
        db.VisitorSessions.Where(s => s.Id == Id).Select(s => s.VisitorId).SingleOrDefaultAsync(cancellationToken);

    private IQueryable<VisitorSession> Of(string visitor) => db.VisitorSessions.Where(s => s.VisitorId == visitor);
}
