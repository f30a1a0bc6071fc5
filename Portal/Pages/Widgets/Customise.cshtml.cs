using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>How a widget looks and what it says. Saving publishes: visitors get it within a minute.</summary>
[Authorize("Client")]
public sealed class CustomiseModel(PortalDb db, AuditLog audit, TimeProvider clock) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;

    [BindProperty]
    public WidgetForm Input { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken abort)
    {
        var widget = await db.Widgets.AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, abort);
        if (widget is null)
        {
            return NotFound();
        }

        Input = WidgetForm.Of(widget);
        ModelState.Clear();
        await HeadAsync(id, abort);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken abort)
    {
        var widget = await db.Widgets.SingleOrDefaultAsync(w => w.Id == id, abort);
        if (widget is null)
        {
            return NotFound();
        }

        Input.Check(ModelState);
        if (ModelState.IsValid && Input.Version != widget.Version)
        {
            Outdated(widget.Version);
        }

        if (!ModelState.IsValid || !await PublishAsync(widget, abort))
        {
            await HeadAsync(id, abort);
            return this.Invalid("_Customise", Input);
        }

        await HeadAsync(id, abort);
        this.Toast($"Version {widget.Version} is live.");
        return this.Done("_Published", new Published(WidgetForm.Of(widget), Head with { Swap = true }));
    }

    /// <summary>The picture beside the form, of what is in the form and not yet published.</summary>
    public IActionResult OnPostPreview(Guid id)
    {
        ModelState.Clear();
        return Partial("_PreviewLive", Input);
    }

    private async Task<bool> PublishAsync(Widget widget, CancellationToken abort)
    {
        var (name, version) = (widget.Name, widget.Version);
        widget.Rename(VisitorText.Clean(Input.Name));
        db.Add(widget.Publish(Input.Apply(widget.Config), User.PersonId, User.DisplayName, note: null, clock.GetUtcNow()));
        audit.Add(db, Act.WidgetPublished, widget, Fact.Name(name, widget.Name), Fact.Version(version, widget.Version));
        try
        {
            await db.SaveChangesAsync(abort);
            return true;
        }
        catch (DbUpdateException error) when (error.IsTakenName)
        {
            ModelState.AddModelError(nameof(WidgetForm.Name), UniqueName.Sentence);
        }
        catch (DbUpdateException error) when (error.IsTakenVersion)
        {
            Outdated(widget.Version);
        }

        return false;
    }

    private void Outdated(int live)
    {
        ModelState.Remove(nameof(WidgetForm.Version));
        Input.Version = live;
        ModelState.AddModelError("", "Somebody published another version while this page was open. Yours is still here: publish again to replace theirs.");
    }

    private async Task HeadAsync(Guid id, CancellationToken abort) =>
        Head = (await WidgetHead.FindAsync(db, id, "Customise", clock.GetUtcNow(), abort))!;

    public sealed record Published(WidgetForm Form, WidgetHead Head);
}
