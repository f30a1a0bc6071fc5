using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets;

/// <summary>Replaces a widget's signing key by overlap: the next one is made, put into n8n and tried, and only then used.</summary>
[Authorize("Client")]
public sealed class KeyModel(PortalDb db, WidgetCredentials credentials, AuditLog audit) : PageModel
{
    public IActionResult OnGet(Guid id) => Back(id);

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken abort)
    {
        await using var edit = await db.BeginEditAsync(id, abort);
        if (await FindAsync(id, abort) is not { WebhookAuth: WebhookAuth.Signed } widget)
        {
            return NotFound();
        }

        if (IsOutdated(widget))
        {
            return Overtaken(widget);
        }

        credentials.MakeNextKey(widget);
        return await SaveAsync(edit, widget, Act.WidgetKeyMade, "The next key is ready. Calls go on with the present one.", abort);
    }

    public async Task<IActionResult> OnPostSwitchAsync(Guid id, CancellationToken abort)
    {
        await using var edit = await db.BeginEditAsync(id, abort);
        if (await FindAsync(id, abort) is not { WebhookAuth: WebhookAuth.Signed } widget)
        {
            return NotFound();
        }

        if (IsOutdated(widget))
        {
            return Overtaken(widget);
        }

        if (!credentials.SwitchToNextKey(widget))
        {
            return NotFound();
        }

        return await SaveAsync(edit, widget, Act.WidgetKeySwitched, "Calls are signed with the new key from now on.", abort);
    }

    public async Task<IActionResult> OnPostDropAsync(Guid id, CancellationToken abort)
    {
        await using var edit = await db.BeginEditAsync(id, abort);
        if (await FindAsync(id, abort) is not { WebhookAuth: WebhookAuth.Signed } widget)
        {
            return NotFound();
        }

        if (IsOutdated(widget))
        {
            return Overtaken(widget);
        }

        if (widget.WebhookNextSecret is null)
        {
            return NotFound();
        }

        credentials.DropNextKey(widget);
        return await SaveAsync(edit, widget, Act.WidgetKeyDropped, "The next key is gone.", abort);
    }

    // Of two people, one may have put a key into n8n that the other has replaced.
    private bool IsOutdated(Widget widget) => !this.HasVersion(ConnectionModel.Keys.Of(widget, credentials).EditVersion, mayReplace: false);

    private IActionResult Overtaken(Widget widget)
    {
        this.Toast("Someone else changed the keys while you had this page open. Look at them, then decide again.");
        return Request.WantsFragment ? this.Invalid("_Keys", ConnectionModel.Keys.Of(widget, credentials)) : Back(widget.Id);
    }

    private async Task<IActionResult> SaveAsync(IDbContextTransaction edit, Widget widget, Act act, string news, CancellationToken abort)
    {
        audit.Add(db, act, widget);
        await db.SaveChangesAsync(abort);
        await edit.CommitAsync(abort);
        this.Toast(news);
        return Request.WantsFragment ? Partial("_Keys", ConnectionModel.Keys.Of(widget, credentials)) : Back(widget.Id);
    }

    private RedirectToPageResult Back(Guid id) => RedirectToPage("/Widgets/Connection", null, new { id }, "keys");

    private Task<Widget?> FindAsync(Guid id, CancellationToken abort) => db.Widgets.SingleOrDefaultAsync(w => w.Id == id, abort);
}
