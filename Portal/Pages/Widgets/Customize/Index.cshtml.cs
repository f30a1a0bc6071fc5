using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets.Customize;

/// <summary>
/// How a widget looks and what it says. What is typed is kept as a draft; publishing makes it live, within a minute for
/// visitors.
/// </summary>
public sealed class IndexModel(
    PortalDb db,
    CurrentClient client,
    AuditLog audit,
    IOptions<PreviewOptions> previews,
    TimeProvider clock
) : PageModel
{
    public WidgetHead Head { get; private set; } = null!;

    /// <summary>Values that were written into the config by hand and cannot be used.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; private set; } = [];

    public bool HasSampleBot => previews.Value.SampleBotUrl is not null;

    [BindProperty]
    public WidgetForm Input { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        Input = WidgetForm.Of(widget);
        ModelState.Clear();
        await HeadAsync(widget, cancellationToken);
        return Page();
    }

    /// <summary>Publishes the form's values.</summary>
    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (await FindAsync(id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        Input.Check(ModelState);
        if (!ModelState.IsValid || IsOutdated(widget, mayReplace: true))
        {
            await HeadAsync(widget, cancellationToken);
            return this.Invalid("_CustomizeForm", Input);
        }

        await PublishAsync(widget, cancellationToken);
        await edit.CommitAsync(cancellationToken);
        await HeadAsync(widget, cancellationToken);
        this.Toast($"Published. Version {widget.Version} is live.");
        return this.Done("_Published", new Published(WidgetForm.Of(widget), Head with { Swap = true }));
    }

    /// <summary>Keeps what is in the form, as long as nothing in it is wrong. Visitors see nothing of it.</summary>
    /// <param name="keep">Whether what somebody else saved is to be replaced. Typing on is not enough of a
    /// decision.</param>
    public async Task<IActionResult> OnPostDraftAsync(Guid id, bool keep, CancellationToken cancellationToken)
    {
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (await FindAsync(id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        Input.Check(ModelState);
        var problem =
            !ModelState.IsValid ? DraftProblem.Wrong
            : IsOutdated(widget, mayReplace: keep) ? DraftProblem.Overtaken
            : DraftProblem.None;
        if (
            problem == DraftProblem.None
            && Input.Apply(widget.Editing) is var draft
            && draft.ToJson() != widget.Editing.ToJson()
        )
        {
            widget.SaveDraft(draft, clock.GetUtcNow());
            await db.SaveChangesAsync(cancellationToken);
        }

        await edit.CommitAsync(cancellationToken);
        await HeadAsync(widget, cancellationToken);
        return Request.WantsFragment ? Autosaved(id, problem)
            : problem == DraftProblem.None ? RedirectToPage()
            : this.Invalid();
    }

    private PartialViewResult Autosaved(Guid id, DraftProblem problem)
    {
        Response.StatusCode =
            problem == DraftProblem.None ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity;
        if (problem == DraftProblem.None)
        {
            Response.Headers["HX-Trigger"] = "draft-saved";
        }

        return Partial(
            "_AutosaveResult",
            new Drafted(Head with { Draft = Head.Draft! with { Problem = problem } }, Input, id)
        );
    }

    // A second click with the same values does not create another version.
    private async Task PublishAsync(Widget widget, CancellationToken cancellationToken)
    {
        var config = Input.Apply(widget.Editing);
        if (
            widget.Draft is null
            && !this.HasVersion(WidgetEditVersion.Of(widget))
            && config.ToJson() == widget.Config.ToJson()
        )
        {
            return;
        }

        var version = widget.Version;
        widget.DiscardDraft();
        db.Add(widget.Publish(config, User.PersonId, User.DisplayName, note: null, clock.GetUtcNow()));
        audit.Add(db, AuditAction.WidgetPublished, widget, AuditChange.Version(version, widget.Version));
        await db.SaveChangesAsync(cancellationToken);
    }

    private bool IsOutdated(Widget widget, bool mayReplace) =>
        this.IsOutdated(
            WidgetEditVersion.Of(widget),
            () => ConfigChanges.Between(widget.Editing, Input.Apply(widget.Editing)),
            mayReplace
        );

    private Task<Widget?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken);

    private async Task HeadAsync(Widget widget, CancellationToken cancellationToken)
    {
        Response.MayHoldFrames();
        Problems = [.. widget.Config.Problems.Union(widget.Editing.Problems)];
        (Input.Pictures, Input.EditVersion) = (widget.Editing.Look, WidgetEditVersion.Of(widget));
        Head = await WidgetHead.WithDraftAsync(db, client, widget, clock.GetUtcNow(), cancellationToken);
    }

    public sealed record Published(WidgetForm Form, WidgetHead Head);

    public sealed record Drafted(WidgetHead Head, WidgetForm Form, Guid Id);
}
