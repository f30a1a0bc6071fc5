using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets;

/// <summary>Puts an uploaded picture into a widget's draft, or removes it.</summary>
[Authorize("Client")]
public sealed class PictureModel(PortalDb db, PictureQueue queue, ActionLimits limits, TimeProvider clock) : PageModel
{
    private const string Overtaken =
        "Someone else changed this widget while you had it open. Reload the page and choose the picture again.";

    public static readonly IReadOnlyList<string> Kinds = ["logo", "avatar"];

    public IActionResult OnGet(Guid id) => RedirectToPage("/Widgets/Customize", new { id });

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

        var (picture, refusal) = (default(Pictures.Picture), "Choose a picture.");
        if (file is not null)
        {
            using var place = queue.Enter(widget.ClientId);
            if (place is null)
            {
                return Wait(
                    widget,
                    kind!,
                    TimeSpan.FromSeconds(5),
                    "Another picture is still being processed. Try again in a moment."
                );
            }

            if ((await limits.PictureAsync(widget.ClientId, cancellationToken)).Wait is { } wait)
            {
                return Wait(widget, kind!, wait, "Too many pictures in the last hour. Try again later.");
            }

            await using var upload = file.OpenReadStream();
            (picture, refusal) = await Pictures.RemakeAsync(
                upload,
                file.Length,
                square: kind == "avatar",
                cancellationToken
            );
        }

        if (picture is null)
        {
            return Refused(widget, kind!, refusal!);
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
            this.IsOutdated(
                WidgetForm.EditVersionOf(widget),
                () => ConfigChanges.Between(edited, draft),
                mayReplace: false
            )
        )
        {
            return Refused(widget, kind, Overtaken);
        }

        widget.SaveDraft(draft, clock.GetUtcNow());
        await db.SaveChangesAsync(cancellationToken);
        await edit.CommitAsync(cancellationToken);
        if (!Request.WantsFragment)
        {
            return RedirectToPage("/Widgets/Customize", null, new { id = widget.Id }, "look");
        }

        Response.Headers["HX-Trigger"] = "draft-saved";
        var head = (await WidgetHead.FindAsync(db, widget.Id, "Customize", clock.GetUtcNow(), cancellationToken))! with
        {
            Swap = true,
            Draft = new(
                widget.Draft is null ? null : widget.UpdatedAt,
                ConfigChanges.Between(widget.Config, widget.Editing).Count,
                await db.ZoneAsync(cancellationToken)
            ),
        };
        return Partial(
            "Studio/_PictureSaved",
            new Saved(Shown.Of(widget.Editing.Look, kind), head, WidgetForm.EditVersionOf(widget))
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
            return RedirectToPage("/Widgets/Customize", null, new { id = widget.Id }, "look");
        }

        Response.StatusCode = status;
        return Partial("Studio/_Picture", Shown.Of(widget.Editing.Look, kind) with { Refusal = sentence });
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
