using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Deletion;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.ChatLogs;

/// <summary>
/// Deletes chat logs of a widget or a client, by date and visitor, after a preview and a typed confirmation.
/// </summary>
public sealed class IndexModel(ChatLogDeletion logs) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid? Client { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Widget { get; set; }

    /// <summary>The first day, in UTC.</summary>
    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    /// <summary>The last day.</summary>
    [BindProperty(SupportsGet = true)]
    public DateOnly? To { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Visitor { get; set; }

    [BindProperty]
    public string? Typed { get; set; }

    public LogChoice Choice { get; private set; } = null!;
    public LogExtent Extent { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        if (Client is null && Widget is null)
        {
            return RedirectToPage("/Admin/Widgets/Index");
        }

        return await LoadAsync(cancellationToken) ? Page() : NotFound();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!await LoadAsync(cancellationToken))
        {
            return NotFound();
        }

        if (!Names.ReadAlike(Typed, Names.ToConfirm(Choice.Name)))
        {
            ModelState.AddModelError(nameof(Typed), "The name doesn’t match.");
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var gone = await logs.DeleteAsync(Choice, cancellationToken);
        this.Toast(
            $"{(gone.Messages == 1 ? "1 message" : $"{gone.Messages:N0} messages")} deleted.{(gone.IsComplete ? "" : " More remain: delete again.")}"
        );
        return RedirectToPage(
            new
            {
                Client,
                Widget,
                From = $"{From:yyyy-MM-dd}",
                To = $"{To:yyyy-MM-dd}",
                Visitor,
            }
        );
    }

    private async Task<bool> LoadAsync(CancellationToken cancellationToken)
    {
        Visitor = string.IsNullOrWhiteSpace(Visitor) ? null : Visitor.Trim();
        var asked = new LogChoice(
            Client,
            Widget,
            Start(From),
            To == DateOnly.MaxValue ? null : Start(To?.AddDays(1)),
            Visitor
        );
        if ((Client is null && Widget is null) || await logs.FindAsync(asked, cancellationToken) is not { } found)
        {
            return false;
        }

        (Choice, Extent) = (found, await logs.LookAsync(found, cancellationToken));
        return true;
    }

    private static DateTimeOffset? Start(DateOnly? day) =>
        day is { } on ? new(on.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;
}
