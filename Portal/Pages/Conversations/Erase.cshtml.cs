using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Conversations;

/// <summary>Deletes everything one visitor said on one client's widgets, after a question.</summary>
[Authorize(AccessPolicies.Owner)]
public sealed class EraseModel(PortalDb db, AuditLog audit) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public string Visitor { get; private set; } = "";
    public int Conversations { get; private set; }
    public int Messages { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken abort)
    {
        if (await FindAsync(abort) is not { } visitor)
        {
            return NotFound();
        }

        Visitor = Transcript.Shorten(visitor);
        Conversations = await Of(visitor).CountAsync(abort);
        Messages = await Of(visitor).SumAsync(s => s.MessageCount, abort);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken abort)
    {
        if (await FindAsync(abort) is not { } visitor)
        {
            return NotFound();
        }

        // By the letters that pages show: the log outlives the visitor's data.
        var erased = await db.EraseAsync(
            Of(visitor), abort, count => audit.Add(db, Act.ConversationsErased, new Subject(null, $"Visitor {Transcript.Shorten(visitor)}"), Fact.Count(count)));
        this.Toast(erased == 1 ? "1 conversation erased." : $"{erased:N0} conversations erased.");
        return Redirect("/conversations");
    }

    private Task<string?> FindAsync(CancellationToken abort) => db.VisitorSessions.Where(s => s.Id == Id).Select(s => s.VisitorId).SingleOrDefaultAsync(abort);

    private IQueryable<VisitorSession> Of(string visitor) => db.VisitorSessions.Where(s => s.VisitorId == visitor);
}
