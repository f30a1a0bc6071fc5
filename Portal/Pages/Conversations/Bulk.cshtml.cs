using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Inbox;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Conversations;

/// <summary>Does one thing to all conversations that are selected in the list.</summary>
public sealed class BulkModel(InboxService inbox) : PageModel
{
    public IActionResult OnGet() => Redirect("/conversations");

    /// <param name="deed"><c>done</c>, <c>open</c>, <c>assign</c> or <c>tag</c>.</param>
    /// <param name="back">The query string of the list.</param>
    public async Task<IActionResult> OnPostAsync(
        Guid[] ids,
        string? deed,
        Guid? person,
        string? tag,
        string? back,
        CancellationToken cancellationToken
    )
    {
        var me = Member.Of(User);
        var name = Names.Clean(tag);
        this.Toast(
            ids.Length == 0
                ? "Select conversations first."
                : deed switch
                {
                    "done" => Told(
                        await inbox.SetStateAsync(ids, ConversationState.Done, me, cancellationToken),
                        "marked as done"
                    ),
                    "open" => Told(
                        await inbox.SetStateAsync(ids, ConversationState.Open, me, cancellationToken),
                        "reopened"
                    ),
                    "assign" => Told(
                        await inbox.AssignAsync(ids, person, me, cancellationToken) ?? 0,
                        person is null ? "without an assignee" : "assigned"
                    ),
                    "tag" when name.Length is 0 or > ConversationWork.TagMaxLength =>
                        $"Enter a tag of up to {ConversationWork.TagMaxLength} characters.",
                    "tag" => Told(await inbox.TagAsync(ids, name, me, cancellationToken), $"tagged “{name}”"),
                    _ => "Choose what to do.",
                }
        );
        return LocalRedirect($"/conversations{(back?.StartsWith('?') == true ? back : "")}");
    }

    private static string Told(int changed, string done) =>
        changed switch
        {
            0 => "Nothing to change.",
            1 => $"1 conversation {done}.",
            _ => $"{changed:N0} conversations {done}.",
        };
}
