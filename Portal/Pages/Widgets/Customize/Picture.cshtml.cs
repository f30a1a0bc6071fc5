using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets.Customize;

/// <summary>Puts an uploaded picture into a widget's draft, or takes it out again.</summary>
public sealed class PictureModel(
    PortalDb db,
    CurrentClient client,
    PictureQueue queue,
    ActionLimits limits,
    TimeProvider clock
) : PageModel
{
    private const string Overtaken =
        "Someone else changed this widget while you had it open. Reload the page and choose the picture again.";

    public static readonly IReadOnlyList<string> Kinds = ["logo", "avatar"];

    public IActionResult OnGet(Guid id) => RedirectToPage("/Widgets/Customize/Index", new { id });

    public async Task<IActionResult> OnPostAsync(
        Guid id,
        string? kind,
        IFormFile? file,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(id, kind, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        if (file is null)
        {
            return Refused(widget, kind!, "Choose a picture.");
        }

        var (picture, refusal) = await RemakeAsync(widget, kind!, file, cancellationToken);
        if (picture is null)
        {
            return refusal!;
        }

        var image = new WidgetImage(id, picture.Hash, picture.Content, picture.Width, picture.Height);
        await db.KeepAsync(image, cancellationToken);
        return await ShowAsync(
            widget,
            kind!,
            picture.Tone is { } tone ? $"{image.Path}?tone={tone}" : image.Path,
            cancellationToken
        );
    }

    public async Task<IActionResult> OnPostRemoveAsync(Guid id, string? kind, CancellationToken cancellationToken) =>
        await FindAsync(id, kind, cancellationToken) is { } widget
            ? await ShowAsync(widget, kind!, null, cancellationToken)
            : NotFound();

    private async Task<(Pictures.Picture? Picture, IActionResult? Refusal)> RemakeAsync(
        Widget widget,
        string kind,
        IFormFile file,
        CancellationToken cancellationToken
    )
    {
        using var place = queue.Enter(widget.ClientId);
        if (place is null)
        {
            const string busy = "Another picture is still being processed. Try again in a moment.";
            return (null, Wait(widget, kind, TimeSpan.FromSeconds(5), busy));
        }

        if ((await limits.PictureAsync(widget.ClientId, cancellationToken)).Wait is { } wait)
        {
            return (null, Wait(widget, kind, wait, "Too many pictures in the last hour. Try again later."));
        }

        await using var upload = file.OpenReadStream();
        var (picture, refusal) = await Pictures.RemakeAsync(
            upload,
            file.Length,
            square: kind == "avatar",
            cancellationToken
        );
        return (picture, picture is null ? Refused(widget, kind, refusal!) : null);
    }

    private async Task<IActionResult> ShowAsync(
        Widget widget,
        string kind,
        string? path,
        CancellationToken cancellationToken
    )
    {
        await using var edit = await db.BeginEditAsync(widget.Id, cancellationToken);
        await db.Entry(widget).ReloadAsync(cancellationToken);
        var edited = widget.Editing;
        var draft = edited with
        {
            Look = kind == "logo" ? edited.Look with { Logo = path } : edited.Look with { Avatar = path },
        };
        if (
            this.IsOutdated(WidgetEditVersion.Of(widget), () => ConfigChanges.Between(edited, draft), mayReplace: false)
        )
        {
            return Refused(widget, kind, Overtaken);
        }

        widget.SaveDraft(draft, clock.GetUtcNow());
        await db.SaveChangesAsync(cancellationToken);
        await edit.CommitAsync(cancellationToken);
        if (!Request.WantsFragment)
        {
            return RedirectToPage("/Widgets/Customize/Index", null, new { id = widget.Id }, "look");
        }

        Response.Headers["HX-Trigger"] = "draft-saved";
        var head = await WidgetHead.WithDraftAsync(db, client, widget, clock.GetUtcNow(), cancellationToken);
        return Partial(
            "_PictureSaved",
            new Saved(Shown.Of(widget.Editing.Look, kind), head with { Swap = true }, WidgetEditVersion.Of(widget))
        );
    }

    private IActionResult Wait(Widget widget, string kind, TimeSpan wait, string sentence)
    {
        Response.RetryAfter(wait);
        return Refused(widget, kind, sentence, StatusCodes.Status429TooManyRequests);
    }

    private IActionResult Refused(
        Widget widget,
        string kind,
        string sentence,
        int status = StatusCodes.Status422UnprocessableEntity
    )
    {
        if (!Request.WantsFragment)
        {
            this.Toast(sentence);
            return RedirectToPage("/Widgets/Customize/Index", null, new { id = widget.Id }, "look");
        }

        Response.StatusCode = status;
        return Partial("Sections/_Picture", Shown.Of(widget.Editing.Look, kind) with { Refusal = sentence });
    }

    private async Task<Widget?> FindAsync(Guid id, string? kind, CancellationToken cancellationToken) =>
        Kinds.Contains(kind!) ? await db.Widgets.SingleOrDefaultAsync(w => w.Id == id, cancellationToken) : null;

    /// <summary>One picture on the page.</summary>
    public sealed record Shown(string Kind, string? Path, string Color)
    {
        public string? Refusal { get; init; }

        public static Shown Of(WidgetLook look, string kind) =>
            new(kind, kind == "logo" ? look.Logo : look.Avatar, look.Color);
    }

    public sealed record Saved(Shown Picture, WidgetHead Head, string EditVersion);
}
