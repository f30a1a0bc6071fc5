using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Conversations;

/// <summary>Saves the filters of the list under a name, and deletes them.</summary>
public sealed class ViewsModel(PortalDb db, ActionLimits limits) : PageModel
{
    private const int Most = 50;

    public IActionResult OnGet() => Redirect("/conversations");

    [SubmitOnce]
    public async Task<IActionResult> OnPostAsync(
        string? name,
        string? query,
        bool shared,
        CancellationToken cancellationToken
    )
    {
        var (clean, list) = (Names.Clean(name), query ?? "");
        if (!list.StartsWith('?') || list.Length > SavedView.QueryMaxLength)
        {
            return Redirect("/conversations");
        }

        if (clean.Length is 0 or > SavedView.NameMaxLength)
        {
            this.Toast($"Enter a name of up to {SavedView.NameMaxLength} characters.");
        }
        else if (await db.SavedViews.CountAsync(cancellationToken) >= Most)
        {
            this.Toast($"There are {Most} views already. Delete one first.");
        }
        else
        {
            await limits.NoteAsync(User, cancellationToken);
            db.Add(
                new SavedView
                {
                    UserId = shared ? null : User.PersonId,
                    Name = clean,
                    Query = list,
                }
            );
            await db.SaveChangesAsync(cancellationToken);
            this.Toast("View saved.");
        }

        return LocalRedirect($"/conversations{list}");
    }

    public async Task<IActionResult> OnPostRemoveAsync(Guid view, CancellationToken cancellationToken)
    {
        var me = User.PersonId;
        var removed = await db
            .SavedViews.Where(v => v.Id == view && (v.UserId == null || v.UserId == me))
            .ExecuteDeleteAsync(cancellationToken);
        this.Toast(removed == 0 ? "That view is gone already." : "View deleted.");
        return Redirect("/conversations");
    }
}
