using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Jobs;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Jobs;

/// <summary>What the scheduler does, what it did, and a button for those who can't wait.</summary>
public sealed class IndexModel(AgencyDb db, AccountsDb accounts, JobRunner runner, AuditLog audit, TimeProvider clock)
    : PageModel
{
    public const int HistoryLength = 50;

    /// <summary>The job whose history is shown; null for all.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Job { get; set; }

    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public IReadOnlyList<Run> History { get; private set; } = [];
    public bool IsRunning => Rows.Any(row => row.Last?.Status == JobStatus.Running);

    public async Task OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken);

    [SubmitOnce]
    public async Task<IActionResult> OnPostRunAsync(string job, CancellationToken cancellationToken)
    {
        if (runner.Jobs.SingleOrDefault(known => known.Name == job) is not { } found)
        {
            return NotFound();
        }

        var started = await runner.StartNowAsync(found, User.PersonId, cancellationToken);
        if (started)
        {
            audit.Add(accounts, client: null, AuditAction.JobStarted, new Subject(null, found.Title));
            await accounts.SaveChangesAsync(cancellationToken);
        }

        this.Toast(started ? $"{found.Title} started." : $"{found.Title} is already running.");
        if (!Request.WantsFragment)
        {
            return RedirectToPage();
        }

        await LoadAsync(cancellationToken);
        return Partial("_Jobs", this);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var last = await db.JobRuns.LatestOfEach().ToListAsync(cancellationToken);
        var history = await db
            .JobRuns.Where(run => Job == null || run.Job == Job)
            .OrderByDescending(run => run.StartedAt)
            .Take(HistoryLength)
            .ToListAsync(cancellationToken);
        var people = history.Select(run => run.StartedBy).OfType<Guid>().Distinct().ToList();
        var names = await accounts
            .Users.Where(user => people.Contains(user.Id))
            .ToDictionaryAsync(user => user.Id, user => user.DisplayName, cancellationToken);
        var now = clock.GetUtcNow();

        Rows = [.. runner.Jobs.Select(job => new Row(job, last.Find(run => run.Job == job.Name), Next(job, now)))];
        History =
        [
            .. history.Select(run => new Run(
                runner.Jobs.FirstOrDefault(job => job.Name == run.Job)?.Title ?? run.Job,
                run,
                run.StartedBy is { } by ? names.GetValueOrDefault(by, "Former admin") : null
            )),
        ];
    }

    // The next period begins where the database's date_bin would cut; the scheduler checks once a minute.
    private static DateTimeOffset Next(JobInfo job, DateTimeOffset now)
    {
        var since = now - new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return now - TimeSpan.FromTicks(since.Ticks % job.Every.Ticks) + job.Every;
    }

    public sealed record Row(JobInfo Job, JobRun? Last, DateTimeOffset Next);

    public sealed record Run(string Title, JobRun What, string? By);
}
