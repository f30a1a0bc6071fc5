using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Inbox;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Improve;

/// <summary>Questions that were answered badly, like ones together, until somebody has dealt with each.</summary>
public sealed class IndexModel(PortalDb db, CorrectionService corrections, ActionLimits limits, CurrentClient client)
    : PageModel
{
    public const int PageSize = 30;

    [BindProperty(SupportsGet = true, Name = "widget")]
    public Guid? Widget { get; set; }

    [BindProperty(SupportsGet = true, Name = "p")]
    public int Number { get; set; } = 1;

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public IReadOnlyList<WidgetName> Widgets { get; private set; } = [];
    public IReadOnlyList<WeakQuestion> Rows { get; private set; } = [];
    public bool HasNext { get; private set; }

    /// <summary>What was typed and not accepted.</summary>
    public (string Key, string Question, string Answer, string Error)? Refused { get; private set; }

    private Member Me => Member.Of(User);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Number = Math.Clamp(Number, 1, 1000);
        Zone = await client.ZoneAsync(cancellationToken);
        Widgets = await db
            .Widgets.OrderBy(w => w.Name)
            .Select(w => new WidgetName(w.Id, w.Name))
            .ToListAsync(cancellationToken);
        if (Widget is { } asked && Widgets.All(widget => widget.Id != asked))
        {
            return NotFound();
        }

        var rows = await corrections
            .Weak(Widget)
            .OrderByDescending(weak => weak.Times)
            .ThenByDescending(weak => weak.LastAt)
            .ThenBy(weak => weak.Key)
            .Skip((Number - 1) * PageSize)
            .Take(PageSize + 1)
            .ToListAsync(cancellationToken);
        HasNext = rows.Count > PageSize;
        Rows = rows[..Math.Min(rows.Count, PageSize)];
        return Page();
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostCorrectAsync(
        Guid log,
        string? key,
        string? question,
        string? answer,
        CancellationToken cancellationToken
    )
    {
        var (asked, right) = (question?.Trim() ?? "", answer?.Trim() ?? "");
        var error =
            asked.Length is 0 or > Correction.QuestionMaxLength
                ? $"Enter the question in up to {Correction.QuestionMaxLength} characters."
            : right.Length is 0 or > Correction.AnswerMaxLength
                ? $"Enter the right answer in up to {Correction.AnswerMaxLength:N0} characters."
            : null;
        if (error is not null)
        {
            await OnGetAsync(cancellationToken);
            Refused = (key ?? "", asked, right, error);
            return this.Invalid();
        }

        await limits.NoteAsync(User, cancellationToken);
        if (await corrections.CorrectAsync(log, key, asked, right, Me, cancellationToken) is null)
        {
            return NotFound();
        }

        this.Toast("Correction saved. It stays on the list of corrections until somebody fixes the bot.");
        return Back();
    }

    public async Task<IActionResult> OnPostReviewAsync(
        string key,
        QuestionOutcome outcome,
        CancellationToken cancellationToken
    )
    {
        await corrections.ReviewAsync(key, outcome, Me, cancellationToken);
        this.Toast(outcome == QuestionOutcome.Fixed ? "Marked as fixed." : "Marked as not relevant.");
        TempData["Reviewed"] = key;
        return Back();
    }

    public async Task<IActionResult> OnPostUndoAsync(string key, CancellationToken cancellationToken)
    {
        await corrections.UndoReviewAsync(key, cancellationToken);
        this.Toast("Back on the list.");
        return Back();
    }

    /// <summary>The address of another page of this list.</summary>
    public string Link(int page) =>
        $"/improve{new ListQuery(("widget", Widget?.ToString()), ("p", page > 1 ? $"{page}" : null)).Text}";

    private LocalRedirectResult Back() => LocalRedirect(Link(Number));

    public sealed record WidgetName(Guid Id, string Name);
}
