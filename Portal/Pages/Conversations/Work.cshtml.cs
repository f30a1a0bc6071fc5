using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Inbox;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Conversations;

/// <summary>What the side panel of a conversation does: its state, assignee, tags and notes.</summary>
public sealed class WorkModel(PortalDb db, InboxService inbox, ActionLimits limits, CurrentClient client) : PageModel
{
    /// <summary>Shown without scripts, when something was refused.</summary>
    public WorkView? View { get; private set; }

    private Member Me => Member.Of(User);

    public IActionResult OnGet(Guid id) => RedirectToPage("/Conversations/Index", new { id });

    public async Task<IActionResult> OnPostStateAsync(
        Guid id,
        ConversationState state,
        CancellationToken cancellationToken
    )
    {
        await inbox.SetStateAsync([id], state, Me, cancellationToken);
        return await ShowAsync(id, cancellationToken);
    }

    public async Task<IActionResult> OnPostAssignAsync(Guid id, Guid? person, CancellationToken cancellationToken)
    {
        return await inbox.AssignAsync([id], person, Me, cancellationToken) is null
            ? NotFound()
            : await ShowAsync(id, cancellationToken);
    }

    public async Task<IActionResult> OnPostTagAsync(
        Guid id,
        [Name(ConversationWork.TagMaxLength)] string? tag,
        CancellationToken cancellationToken
    )
    {
        if (!ModelState.IsValid)
        {
            return await RefuseAsync(id, "", $"Up to {ConversationWork.TagMaxLength} characters.", cancellationToken);
        }

        if (tag is not null)
        {
            await inbox.TagAsync([id], tag, Me, cancellationToken);
        }

        return await ShowAsync(id, cancellationToken);
    }

    public async Task<IActionResult> OnPostUntagAsync(Guid id, string tag, CancellationToken cancellationToken)
    {
        await inbox.UntagAsync([id], tag, Me, cancellationToken);
        return await ShowAsync(id, cancellationToken);
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostNoteAsync(Guid id, string? text, CancellationToken cancellationToken)
    {
        var note = text?.Trim() ?? "";
        if (note.Length is 0 or > ConversationNote.MaxLength)
        {
            return await RefuseAsync(
                id,
                note,
                note.Length == 0 ? "Write a note." : $"Up to {ConversationNote.MaxLength:N0} characters.",
                cancellationToken
            );
        }

        await limits.NoteAsync(User, cancellationToken);
        return await inbox.NoteAsync(id, note, Me, cancellationToken)
            ? await ShowAsync(id, cancellationToken)
            : NotFound();
    }

    public async Task<IActionResult> OnPostRemoveNoteAsync(Guid id, Guid note, CancellationToken cancellationToken)
    {
        return await inbox.RemoveNoteAsync(id, note, Me, cancellationToken)
            ? await ShowAsync(id, cancellationToken)
            : NotFound();
    }

    private async Task<IActionResult> RefuseAsync(
        Guid id,
        string text,
        string error,
        CancellationToken cancellationToken
    )
    {
        if (await WorkView.FindAsync(db, inbox, client, id, cancellationToken) is not { } view)
        {
            return NotFound();
        }

        View = view with { Refused = (text, error) };
        return this.Invalid("_Work", View);
    }

    private async Task<IActionResult> ShowAsync(Guid id, CancellationToken cancellationToken)
    {
        if (!Request.WantsFragment)
        {
            return RedirectToPage("/Conversations/Index", new { id });
        }

        ModelState.Clear();
        // The list beside it shows the same.
        Response.Headers["HX-Trigger-After-Swap"] = "conversations-changed";
        return await WorkView.FindAsync(db, inbox, client, id, cancellationToken) is { } view
            ? Partial("_Work", view)
            : NotFound();
    }
}
