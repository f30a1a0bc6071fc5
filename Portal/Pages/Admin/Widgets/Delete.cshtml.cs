using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Deletion;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Widgets;

/// <summary>
/// Deletes the widgets that were ticked, or every demo that has expired, once what goes was read and typed.
/// </summary>
public sealed class DeleteModel(AgencyDb db, BulkDeletion bulk, TimeProvider clock) : PageModel
{
    // For the rest, a number is enough.
    private const int NamesShown = 20;

    [BindProperty(SupportsGet = true)]
    public Guid[] Ids { get; set; } = [];

    /// <summary>Every expired demo, whatever was selected.</summary>
    [BindProperty(SupportsGet = true)]
    public bool Expired { get; set; }

    [BindProperty]
    public string? Typed { get; set; }

    public DeletionSummary Extent { get; private set; } = null!;
    public IReadOnlyList<(string Name, string Business)> Names { get; private set; } = [];

    public string ToType => Extent.Widgets == 1 ? "delete 1 widget" : $"delete {Extent.Widgets} widgets";

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (Extent.Widgets > 0)
        {
            return Page();
        }

        this.Toast(Expired ? "No expired demos." : "Select at least one widget.");
        return RedirectToPage("Index");
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        if (Typed?.Trim() != ToType || Extent.Widgets == 0)
        {
            ModelState.AddModelError(nameof(Typed), $"Type “{ToType}” to confirm.");
            return this.Invalid();
        }

        var gone = await bulk.DeleteAsync(Choice, cancellationToken);
        this.Toast(gone.Widgets == 1 ? "1 widget deleted." : $"{gone.Widgets:N0} widgets deleted.");
        return RedirectToPage("Index");
    }

    private WidgetChoice Choice =>
        Expired ? WidgetChoice.Expired(clock.GetUtcNow()) : new(Ids.Take(BulkDeletion.AtMost).ToArray());

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        Extent = await bulk.LookAsync(Choice, cancellationToken);
        var names = await Choice
            .Of(db.Widgets)
            .Join(
                db.Clients,
                widget => widget.ClientId,
                client => client.Id,
                (widget, client) =>
                    new
                    {
                        widget.Name,
                        Client = client.Name,
                        client.CompanyName,
                    }
            )
            .OrderBy(row => row.Client)
            .ThenBy(row => row.Name)
            .Take(NamesShown)
            .ToListAsync(cancellationToken);
        Names =
        [
            .. names.Select(row =>
                (row.Name, string.IsNullOrWhiteSpace(row.CompanyName) ? row.Client : row.CompanyName)
            ),
        ];
    }
}
