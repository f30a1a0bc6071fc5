using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets;

/// <summary>A widget's appearance and texts. Input is saved as a draft; publishing makes it live for visitors within a minute.</summary>
[Authorize("Client")]
public sealed class CustomizeModel(PortalDb db, AuditLog audit, IOptions<PreviewOptions> previews, TimeProvider clock)
    : PageModel
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
            return this.Invalid("_Customize", Input);
        }

        await PublishAsync(widget, cancellationToken);
        await edit.CommitAsync(cancellationToken);
        await HeadAsync(widget, cancellationToken);
        this.Toast($"Published. Version {widget.Version} is live.");
        return this.Done("_Published", new Published(WidgetForm.Of(widget), Head with { Swap = true }));
    }

    /// <summary>Keeps what is in the form, as long as nothing in it is wrong. Visitors see nothing of it.</summary>
    /// <param name="keep">Whether what somebody else saved is to be replaced. Typing on is not enough of a decision.</param>
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
        if (Request.WantsFragment)
        {
            Response.StatusCode =
                problem == DraftProblem.None ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity;
            if (problem == DraftProblem.None)
            {
                Response.Headers["HX-Trigger"] = "draft-saved";
            }

            return Partial(
                "_Draft",
                new Drafted(Head with { Draft = Head.Draft! with { Problem = problem } }, Input, id)
            );
        }

        return problem == DraftProblem.None ? RedirectToPage() : this.Invalid();
    }

    // A second click with the same values does not create another version.
    private async Task PublishAsync(Widget widget, CancellationToken cancellationToken)
    {
        var config = Input.Apply(widget.Editing);
        if (
            widget.Draft is null
            && !this.HasVersion(WidgetForm.EditVersionOf(widget))
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
            WidgetForm.EditVersionOf(widget),
            () => ConfigChanges.Between(widget.Editing, Input.Apply(widget.Editing)),
            mayReplace
        );

    private Task<Widget?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken);

    private async Task HeadAsync(Widget widget, CancellationToken cancellationToken)
    {
        Response.MayHoldFrames();
        Problems = [.. widget.Config.Problems.Union(widget.Editing.Problems)];
        (Input.Pictures, Input.EditVersion) = (widget.Editing.Look, WidgetForm.EditVersionOf(widget));
        Head = (await WidgetHead.FindAsync(db, widget.Id, "Customize", clock.GetUtcNow(), cancellationToken))! with
        {
            Draft = new(
                widget.Draft is null ? null : widget.UpdatedAt,
                ConfigChanges.Between(widget.Config, widget.Editing).Count,
                await db.ZoneAsync(cancellationToken)
            ),
        };
    }

    public sealed record Published(WidgetForm Form, WidgetHead Head);

    public sealed record Drafted(WidgetHead Head, WidgetForm Form, Guid Id);
}
