using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets.Connection;

/// <summary>
/// Replaces a widget's signing key by overlap: the next one is made, put into n8n and tried, and only then used.
/// </summary>
public sealed class SigningKeyModel(PortalDb db, WidgetCredentials credentials, AuditLog audit) : PageModel
{
    public IActionResult OnGet(Guid id) => Back(id);

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (await FindAsync(id, cancellationToken) is not { WebhookAuth: WebhookAuth.Signed } widget)
        {
            return NotFound();
        }

        if (IsOutdated(widget))
        {
            return Overtaken(widget);
        }

        credentials.MakeNextKey(widget);
        return await SaveAsync(
            edit,
            widget,
            AuditAction.WidgetKeyMade,
            "New key created. The current one stays in use until you switch.",
            cancellationToken
        );
    }

    public async Task<IActionResult> OnPostSwitchAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (await FindAsync(id, cancellationToken) is not { WebhookAuth: WebhookAuth.Signed } widget)
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

        return await SaveAsync(edit, widget, AuditAction.WidgetKeySwitched, "New key activated.", cancellationToken);
    }

    public async Task<IActionResult> OnPostDropAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (await FindAsync(id, cancellationToken) is not { WebhookAuth: WebhookAuth.Signed } widget)
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
        return await SaveAsync(edit, widget, AuditAction.WidgetKeyDropped, "New key discarded.", cancellationToken);
    }

    // One of two people may have added a key to n8n that the other has replaced.
    private bool IsOutdated(Widget widget) =>
        !this.HasVersion(SigningKeys.Of(widget, credentials).EditVersion, mayReplace: false);

    private IActionResult Overtaken(Widget widget)
    {
        this.Toast("Someone else changed the keys while you had this page open. Review them and try again.");
        return Request.WantsFragment
            ? this.Invalid("_SigningKeys", SigningKeys.Of(widget, credentials))
            : Back(widget.Id);
    }

    private async Task<IActionResult> SaveAsync(
        IDbContextTransaction edit,
        Widget widget,
        AuditAction act,
        string news,
        CancellationToken cancellationToken
    )
    {
        audit.Add(db, act, widget);
        await db.SaveChangesAsync(cancellationToken);
        await edit.CommitAsync(cancellationToken);
        this.Toast(news);
        return Request.WantsFragment ? Partial("_SigningKeys", SigningKeys.Of(widget, credentials)) : Back(widget.Id);
    }

    private RedirectToPageResult Back(Guid id) => RedirectToPage("/Widgets/Connection/Index", null, new { id }, "keys");

    private Task<Widget?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken);
}
