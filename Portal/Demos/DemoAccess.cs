using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Data;
using Portal.Model;

namespace Portal.Demos;

/// <summary>Enforces a demo's limits for incoming messages. Tests by the demo's own team do not count.</summary>
public sealed class DemoAccess(TenantScope reader, DemoToken ticket, TimeProvider clock)
{
    // How many are remembered before old ones are removed.
    private const int Many = 1_000;

    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(Guid Session, Guid ClientMessage), Taken> _taken = [];

    public enum Entry
    {
        Open,

        /// <summary>Without the demo's page, or without its passcode.</summary>
        Closed,
        UsedUp,
    }

    /// <summary>Whether a conversation with this widget may start.</summary>
    public async Task<Entry> EnterAsync(LiveWidget widget, HttpContext http, CancellationToken cancellationToken)
    {
        if (widget.Demo is not { } demo || widget.IsPreview || IsTheirs(widget, http))
        {
            return Entry.Open;
        }

        if (!ticket.IsGood(http.Request, widget.Id, demo.Link, demo.PasscodeHash))
        {
            return Entry.Closed;
        }

        var isLeft = await reader.ReadAsync(widget.ClientId, db =>
            db.DemoLinks.AnyAsync(link => link.Id == demo.Link && link.Messages < link.MessageCap, cancellationToken)
        );
        return isLeft ? Entry.Open : Entry.UsedUp;
    }

    /// <summary>Somebody who works on the widget, in the portal.</summary>
    public static bool IsTheirs(LiveWidget widget, HttpContext http) => http.User.ClientId == widget.ClientId;

    /// <summary>
    /// Counts a message unless the limit is reached: once, however often and concurrently it is sent. <see
    /// cref="SettleAsync"/> handles what becomes of it.
    /// </summary>
    public async Task<bool> TakeAsync(LiveWidget widget, NewMessage message, CancellationToken cancellationToken)
    {
        if (widget.Demo is not { } demo || widget.IsPreview)
        {
            return true;
        }

        var taken = new Taken(clock.GetUtcNow());
        lock (_gate)
        {
            ForgetOld();
            if (_taken.TryGetValue(KeyOf(message), out var before))
            {
                before.Ids.Add(message.Id);
                taken = before;
            }
            else
            {
                taken.Ids.Add(message.Id);
                taken.Counting = CountAsync(widget.ClientId, demo.Link, message);
                _taken[KeyOf(message)] = taken;
            }
        }

        try
        {
            var counted = await taken.Counting.WaitAsync(cancellationToken);
            if (counted != Counted.Now)
            {
                Forget(message, taken);
            }

            return counted != Counted.NoneLeft;
        }
        catch (Exception) when (taken.Counting.IsFaulted)
        {
            Forget(message, taken);
            throw;
        }
    }

    /// <summary>
    /// Gives back a message that was counted but not stored: its conversation was over, or another replica was faster.
    /// To be called when the journal has responded. While the journal is unavailable, the message stays counted, and is
    /// not counted again when it is sent again.
    /// </summary>
    public async Task SettleAsync(LiveWidget widget, NewMessage message)
    {
        if (widget.Demo is null)
        {
            return;
        }

        Taken? taken;
        lock (_gate)
        {
            if (!_taken.Remove(KeyOf(message), out taken))
            {
                return;
            }
        }

        try
        {
            // Not canceled with the visitor's connection: what is not given back now is lost.
            var (link, ids) = (widget.Demo.Link, taken.Ids.ToArray());
            await reader.ReadAsync(widget.ClientId, db =>
                db.Database.ExecuteSqlAsync(
                    $"UPDATE demo_links SET messages = messages - 1 WHERE id = {link} AND messages > 0 AND NOT EXISTS (SELECT FROM chat_logs WHERE id = ANY ({ids}))",
                    CancellationToken.None
                )
            );
        }
        catch (Exception error) when (error.IsDatabaseAway)
        {
            lock (_gate)
            {
                _taken.TryAdd(KeyOf(message), taken);
            }
        }
    }

    private async Task<Counted> CountAsync(Guid client, Guid link, NewMessage message)
    {
        await Task.Yield();
        const int before = (int)Counted.Before;
        const int now = (int)Counted.Now;
        const int noneLeft = (int)Counted.NoneLeft;
        FormattableString count = $"""
            WITH known AS (
                SELECT FROM chat_logs WHERE session_id = {message.SessionId} AND client_message_id = {message.ClientMessageId}
                UNION ALL
                SELECT FROM visitor_sessions WHERE id = {message.SessionId} AND kind <> 'demo'),
            taken AS (
                UPDATE demo_links SET messages = messages + 1
                WHERE id = {link} AND messages < message_cap AND NOT EXISTS (SELECT FROM known)
                RETURNING 1)
            SELECT CASE
                WHEN EXISTS (SELECT FROM known) THEN {before}
                WHEN EXISTS (SELECT FROM taken) THEN {now}
                ELSE {noneLeft} END AS "Value"
            """;
        var counted = await reader.ReadAsync(client, db => db.Database.SqlQuery<int>(count).ToListAsync());
        return (Counted)counted.Single();
    }

    private void Forget(NewMessage message, Taken taken)
    {
        lock (_gate)
        {
            if (_taken.GetValueOrDefault(KeyOf(message)) == taken)
            {
                _taken.Remove(KeyOf(message));
            }
        }
    }

    // For messages that were never sent again.
    private void ForgetOld()
    {
        if (_taken.Count >= Many)
        {
            var old = clock.GetUtcNow() - Remembered;
            foreach (var (key, _) in _taken.Where(taken => taken.Value.At < old).ToList())
            {
                _taken.Remove(key);
            }
        }
    }

    private static (Guid Session, Guid ClientMessage) KeyOf(NewMessage message) =>
        (message.SessionId, message.ClientMessageId);

    private enum Counted
    {
        /// <summary>It is stored, or does not count.</summary>
        Before,
        Now,
        NoneLeft,
    }

    private sealed class Taken(DateTimeOffset at)
    {
        public DateTimeOffset At => at;

        /// <summary>The row's, whichever of those that came at the same time the journal takes.</summary>
        public List<Guid> Ids { get; } = [];

        public Task<Counted> Counting { get; set; } = null!;
    }
}
