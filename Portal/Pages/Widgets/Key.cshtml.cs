using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>Replaces a widget's signing key by overlap: the next one is made, put into n8n and tried, and only then used.</summary>
[Authorize("Client")]
public sealed class KeyModel(PortalDb db, WidgetCredentials credentials, AuditLog audit) : PageModel
{
    public IActionResult OnGet(Guid id) => Back(id);

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken abort)
    {
        if (await FindAsync(id, abort) is not { WebhookAuth: WebhookAuth.Signed } widget)
        {
            return NotFound();
        }

        credentials.MakeNextKey(widget);
        return await SaveAsync(widget, Act.WidgetKeyMade, "The next key is ready. Calls go on with the present one.", abort);
    }

    public async Task<IActionResult> OnPostSwitchAsync(Guid id, CancellationToken abort)
    {
        if (await FindAsync(id, abort) is not { } widget || !credentials.SwitchToNextKey(widget))
        {
            return NotFound();
        }

        return await SaveAsync(widget, Act.WidgetKeySwitched, "Calls are signed with the new key from now on.", abort);
    }

    public async Task<IActionResult> OnPostDropAsync(Guid id, CancellationToken abort)
    {
        if (await FindAsync(id, abort) is not { WebhookNextSecret: not null } widget)
        {
            return NotFound();
        }

        credentials.DropNextKey(widget);
        return await SaveAsync(widget, Act.WidgetKeyDropped, "The next key is gone.", abort);
    }

    private async Task<IActionResult> SaveAsync(Widget widget, Act act, string news, CancellationToken abort)
    {
        audit.Add(db, act, widget);
        await db.SaveChangesAsync(abort);
        this.Toast(news);
        return Request.WantsFragment ? Partial("_Keys", ConnectionModel.Keys.Of(widget, credentials)) : Back(widget.Id);
    }

    private RedirectToPageResult Back(Guid id) => RedirectToPage("/Widgets/Connection", null, new { id }, "keys");

    private Task<Widget?> FindAsync(Guid id, CancellationToken abort) => db.Widgets.SingleOrDefaultAsync(w => w.Id == id, abort);
}
