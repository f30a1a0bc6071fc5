using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Data;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// The messages that a widget may use in a day and a client in a month: a stolen widget id must not run up a bill.
/// Usage is counted in memory and saved about once a second, so a budget may be exceeded by the messages of a second.
/// </summary>
public sealed partial class Budgets(
    IDbContextFactory<JobsDb> contexts,
    IOptions<LimitOptions> options,
    TimeProvider clock,
    ILogger<Budgets> log
) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, BudgetAccount> _accounts = new();
    private readonly Lock _gate = new();
    private Task _writing = Task.CompletedTask;
    private Task? _last;

    /// <summary>Counts a message for which the bot is called.</summary>
    public void Spend(LiveWidget widget) => Account(widget).Spend();

    /// <summary>How long until there is a budget again, or null while there is one.</summary>
    public TimeSpan? Exhausted(LiveWidget widget) => Account(widget).Exhausted(clock.GetUtcNow());

    private BudgetAccount Account(LiveWidget widget) => _accounts.GetOrAdd(widget.Id, id => new(id));

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            await TryWriteAsync();
        } while (
            await timer
                .WaitForNextTickAsync(stopping)
                .AsTask()
                .ContinueWith(tick => tick.IsCompletedSuccessfully && tick.Result, TaskScheduler.Default)
        );
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // A host may call Stop twice, even concurrently: both wait for the same last save, and only then is the
        // database closed.
        Task last;
        lock (_gate)
        {
            last = _last ??= TryWriteAsync();
        }

        await last;
    }

    private async Task TryWriteAsync()
    {
        try
        {
            await WriteAsync();
        }
        catch (Exception error) when (error.IsDatabaseFailure)
        {
            NotWritten((error.DatabaseError ?? error).Message);
        }
    }

    /// <summary>Adds the new usage to the stored one, and reads what all replicas have counted.</summary>
    internal Task WriteAsync()
    {
        lock (_gate)
        {
            return _writing = AfterAsync(_writing);
        }
    }

    // One at a time, however the previous one ended.
    private async Task AfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WriteDueAsync();
    }

    private async Task WriteDueAsync()
    {
        var now = clock.GetUtcNow();
        var due = _accounts
            .Values.Where(account => account.IsDue)
            .Select(account => (Account: account, Messages: account.Take()))
            .ToList();
        if (due.Count > 0)
        {
            try
            {
                await WriteAsync(due, now);
            }
            catch
            {
                due.ForEach(entry => entry.Account.PutBack(entry.Messages));
                throw;
            }
        }

        foreach (var idle in _accounts.Values.Where(account => account.IsIdle(now)))
        {
            _accounts.TryRemove(idle.Widget, out _);
        }
    }

    private async Task WriteAsync(List<(BudgetAccount Account, int Messages)> due, DateTimeOffset now)
    {
        var widgets = due.Select(entry => entry.Account.Widget).ToArray();
        var messages = due.Select(entry => entry.Messages).ToArray();
        await using var db = await contexts.CreateDbContextAsync();
        var written = db.Database.SqlQuery<Written>(
            $"""
            WITH spent AS (
                SELECT s.widget_id, s.messages, w.client_id, c.monthly_budget, c.time_zone, (now() AT TIME ZONE c.time_zone)::date AS day,
                       messages_allowed_per_day(w.daily_budget, w.config, {options.Value.MessagesPerDayAndWidget}) AS daily_budget
                FROM unnest({widgets}, {messages}) AS s (widget_id, messages) JOIN widgets w ON w.id = s.widget_id JOIN clients c ON c.id = w.client_id),
            counted AS (
                INSERT INTO message_counts AS m (widget_id, client_id, day, messages)
                SELECT widget_id, client_id, day, messages FROM spent ORDER BY widget_id
                ON CONFLICT (widget_id, day) DO UPDATE SET messages = m.messages + EXCLUDED.messages
                RETURNING widget_id, messages)
            SELECT s.widget_id, c.messages AS today, s.daily_budget, COALESCE(s.monthly_budget, {options.Value.MessagesPerMonthAndClient}) AS monthly_budget,
                   -- What stood before this statement, and what it adds.
                   (SELECT COALESCE(sum(m.messages), 0) FROM message_counts m WHERE m.client_id = s.client_id AND m.day BETWEEN date_trunc('month', s.day)::date AND s.day)
                     + (SELECT sum(other.messages) FROM spent other WHERE other.client_id = s.client_id) AS this_month,
                   extract(epoch FROM (s.day + 1)::timestamp AT TIME ZONE s.time_zone - now())::float AS day_seconds,
                   extract(epoch FROM (date_trunc('month', s.day) + interval '1 month') AT TIME ZONE s.time_zone - now())::float AS month_seconds
            FROM spent s JOIN counted c ON c.widget_id = s.widget_id
            """
        );
        foreach (var row in await written.ToListAsync())
        {
            if (_accounts.TryGetValue(row.WidgetId, out var account))
            {
                account.Stands(
                    new(row.Today, row.DailyBudget, now + TimeSpan.FromSeconds(row.DaySeconds)),
                    new(row.ThisMonth, row.MonthlyBudget, now + TimeSpan.FromSeconds(row.MonthSeconds))
                );
            }
        }
    }

    private sealed record Written(
        Guid WidgetId,
        int Today,
        int DailyBudget,
        int MonthlyBudget,
        long ThisMonth,
        double DaySeconds,
        double MonthSeconds
    );

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The usage of budgets could not be saved, and is tried again: {Why}"
    )]
    private partial void NotWritten(string why);
}
