using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Limits;
using Portal.Model;
using Portal.Web;
using Portal.Webhooks;

namespace Portal.Pages.Widgets.New;

public sealed class IndexModel(
    PortalDb db,
    Tenant tenant,
    WidgetSecrets secrets,
    WebhookUrl webhooks,
    WidgetAllowance allowance,
    AuditLog audit
) : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    [SubmitOnce]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var address = webhooks.Corrected(Input.WebhookUrl);
        if (address.Length > 0 && webhooks.Refusal(address) is { } sentence)
        {
            ModelState.AddModelError(nameof(Form.WebhookUrl), sentence);
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid("_NewForm", Input);
        }

        await using var transaction = await allowance.BeginAsync(cancellationToken);
        if (transaction is null)
        {
            ModelState.AddModelError(nameof(Form.Name), allowance.Sentence);
            return this.Invalid("_NewForm", Input);
        }

        var widget = Add(address);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (DbUpdateException error) when (error.IsTakenName)
        {
            ModelState.AddModelError(nameof(Form.Name), UniqueName.Sentence);
            return this.Invalid("_NewForm", Input);
        }

        this.Toast(
            widget.IsConnected
                ? "Widget created. Customize it, then install it."
                : "Widget created. Customize it, and connect it to n8n when you’re ready."
        );
        return RedirectToPage("/Widgets/Customize/Index", new { id = widget.Id });
    }

    private Widget Add(string address)
    {
        var id = Guid.CreateVersion7();
        var widget = new Widget(
            id,
            Names.Clean(Input.Name),
            address,
            secrets.Create(tenant.Id, id),
            new WidgetConfig()
        );
        db.Add(widget);
        db.Add(new WidgetVersion(id, widget.Version, widget.Config, User.PersonId, User.DisplayName, note: null));
        audit.Add(
            db,
            AuditAction.WidgetCreated,
            widget,
            AuditChange.Webhook(null, widget.IsConnected ? widget.WebhookUrl : null)
        );
        return widget;
    }

    public sealed class Form
    {
        [WidgetName, Required(ErrorMessage = "Enter a name, such as “Shop assistant”.")]
        public string? Name { get; set; }

        public string? WebhookUrl { get; set; }
    }
}
