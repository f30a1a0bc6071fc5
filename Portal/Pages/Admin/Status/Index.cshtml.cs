using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Audit;
using Portal.Data;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Status;

/// <summary>Replicas, database, outbox, jobs and keys of the whole installation; and temporary log levels.</summary>
public sealed class IndexModel(SystemStatus status, AccountsDb accounts, AuditLog audit, TimeProvider clock) : PageModel
{
    /// <summary>
    /// The portal's own modules and its database driver. Not ASP.NET Core or the HTTP client, which log whole addresses
    /// at Information: some contain one-time links or the secret part of a webhook.
    /// </summary>
    public static readonly IReadOnlyList<string> Categories =
    [
        "Portal",
        "Portal.Accounts",
        "Portal.Chat",
        "Portal.Data",
        "Portal.Jobs",
        "Portal.Mail",
        "Portal.Webhooks",
        "Npgsql",
    ];

    public static readonly IReadOnlyList<LogLevel> Levels =
    [
        LogLevel.Debug,
        LogLevel.Information,
        LogLevel.Warning,
        LogLevel.Error,
    ];

    /// <summary>How many tables are shown at once; the others are folded away.</summary>
    public const int LargestTables = 10;

    public static readonly IReadOnlyList<int> Minutes = [15, 60, 1440];

    public IReadOnlyList<SystemStatus.Replica> Replicas { get; private set; } = [];
    public MigrationStatus Migrations { get; private set; } = null!;
    public IReadOnlyList<SystemStatus.TableSize> Tables { get; private set; } = [];
    public string ServerVersion { get; private set; } = "";
    public IReadOnlyList<SystemStatus.EmailCount> Emails { get; private set; } = [];
    public IReadOnlyList<SystemStatus.Job> Jobs { get; private set; } = [];
    public SystemStatus.Keys Keys { get; private set; } = null!;
    public IReadOnlyList<SystemStatus.ExpiringToken> Tokens { get; private set; } = [];
    public IReadOnlyList<SystemStatus.Level> LogLevels { get; private set; } = [];

    public DateTimeOffset Now => clock.GetUtcNow();

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Replicas = await status.ReplicasAsync(cancellationToken);
        Migrations = await status.MigrationsAsync(cancellationToken);
        Tables = await status.TablesAsync(cancellationToken);
        ServerVersion = await status.ServerVersionAsync(cancellationToken);
        Emails = await status.EmailsAsync(cancellationToken);
        Jobs = await status.JobsAsync(cancellationToken);
        Keys = await status.KeysAsync(cancellationToken);
        Tokens = await status.TokensAsync(cancellationToken);
        LogLevels = await status.LevelsAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostLevelAsync(
        string? category,
        LogLevel level,
        int minutes,
        CancellationToken cancellationToken
    )
    {
        if (category is null || !Categories.Contains(category) || !Levels.Contains(level) || !Minutes.Contains(minutes))
        {
            return BadRequest();
        }

        await status.SetLevelAsync(category, level, TimeSpan.FromMinutes(minutes), User.DisplayName, cancellationToken);
        await LogAsync(category, level.ToString(), cancellationToken);
        this.Toast($"Log level of {category} set to {level}.");
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostResetAsync(string? category, CancellationToken cancellationToken)
    {
        if (category is null || !Categories.Contains(category))
        {
            return BadRequest();
        }

        if (await status.ResetLevelAsync(category, cancellationToken) > 0)
        {
            await LogAsync(category, "as configured", cancellationToken);
        }

        this.Toast($"Log level of {category} reset.");
        return RedirectToPage();
    }

    private Task LogAsync(string category, string level, CancellationToken cancellationToken)
    {
        audit.Add(accounts, client: null, AuditAction.LogLevelChanged, new Subject(null, $"{category}: {level}"));
        return accounts.SaveChangesAsync(cancellationToken);
    }

    public bool IsAlive(SystemStatus.Replica replica) => Now - replica.SeenAt < ReplicaHeartbeat.Timeout;

    public long NumberOf(string status) => Emails.FirstOrDefault(count => count.Status == status)?.Number ?? 0;

    public DateTimeOffset? OldestQueued => Emails.FirstOrDefault(count => count.Status == "queued")?.Oldest;

    public static string Size(long bytes) =>
        bytes switch
        {
            < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0} kB"),
            < 1 << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1073741824.0:0.0} GB"),
        };
}
