using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;
using Portal.Audit;
using Portal.Model;

namespace Portal.Deletion;

/// <summary>
/// Deletes chat logs of one client by widget, date and visitor. Counts of past days stay, the texts leave their
/// questions.
/// </summary>
public sealed class ChatLogDeletion(AgencyDb db, AuditLog audit)
{
    /// <summary>The most messages that one call deletes. The result says whether more are left.</summary>
    public const int AtMost = 50_000;

    private const int BatchSize = 5000;

    /// <summary>The widget or else the client that is asked for, by its name; null when there is none.</summary>
    public async Task<LogChoice?> FindAsync(LogChoice choice, CancellationToken cancellationToken)
    {
        if (choice.Widget is { } id)
        {
            var widget = await db
                .Widgets.Where(widget => widget.Id == id && (choice.Client == null || widget.ClientId == choice.Client))
                .Select(widget => new { widget.ClientId, widget.Name })
                .SingleOrDefaultAsync(cancellationToken);
            return widget is null ? null : choice with { Client = widget.ClientId, Name = widget.Name };
        }

        var client = await db
            .Clients.AsNoTracking()
            .SingleOrDefaultAsync(client => client.Id == choice.Client, cancellationToken);
        return client is null ? null : choice with { Name = client.Business };
    }

    public async Task<LogExtent> LookAsync(LogChoice choice, CancellationToken cancellationToken)
    {
        var logs = choice.Of(db.ChatLogs);
        return new LogExtent(
            await logs.LongCountAsync(cancellationToken),
            await logs.Where(log => log.SessionId != null)
                .Select(log => log.SessionId)
                .Distinct()
                .CountAsync(cancellationToken),
            IsComplete: true
        );
    }

    /// <summary>Deletes up to <see cref="AtMost"/> of them. Each step is logged with what it deleted.</summary>
    public async Task<LogExtent> DeleteAsync(LogChoice choice, CancellationToken cancellationToken)
    {
        var done = new LogExtent(0, 0, IsComplete: false);
        while (!done.IsComplete && done.Messages < AtMost)
        {
            var step = await db.InTransactionAsync(() => StepAsync(choice, cancellationToken), cancellationToken);
            done = new(
                done.Messages + step.Messages,
                done.Conversations + step.Conversations,
                step.Messages < BatchSize
            );
        }

        return done;
    }

    private async Task<Removed> StepAsync(LogChoice choice, CancellationToken cancellationToken)
    {
        var step = await db
            .Database.SqlQuery<Removed>(
                $"""
                SELECT messages, conversations
                FROM remove_chat_logs({Maybe(choice.Client, NpgsqlDbType.Uuid)}, {Maybe(
                    choice.Widget,
                    NpgsqlDbType.Uuid
                )}, {Maybe(choice.From?.ToUniversalTime(), NpgsqlDbType.TimestampTz)},
                                      {Maybe(choice.Until?.ToUniversalTime(), NpgsqlDbType.TimestampTz)}, {Maybe(
                    choice.Visitor,
                    NpgsqlDbType.Text
                )}, {BatchSize}, true)
                """
            )
            .SingleAsync(cancellationToken);
        if (step.Messages > 0)
        {
            audit.Add(
                db,
                choice.Client,
                AuditAction.ConversationsErased,
                new Subject(choice.Widget ?? choice.Client, choice.Name),
                AuditChange.Count(step.Messages),
                AuditChange.Period(choice.From, choice.Until)
            );
            await db.SaveChangesAsync(cancellationToken);
        }

        return step;
    }

    private static NpgsqlParameter Maybe(object? value, NpgsqlDbType type) =>
        new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private sealed record Removed(int Messages, int Conversations);
}

/// <summary>Which chat logs: of one client, or of one widget.</summary>
/// <param name="From">Written then or later.</param>
/// <param name="Until">Written before.</param>
/// <param name="Visitor">As <c>chat_logs.user_id</c> has it.</param>
public sealed record LogChoice(Guid? Client, Guid? Widget, DateTimeOffset? From, DateTimeOffset? Until, string? Visitor)
{
    /// <summary>The widget or the client, for the audit log.</summary>
    public string Name { get; init; } = "";

    public IQueryable<ChatLog> Of(IQueryable<ChatLog> logs)
    {
        logs = logs.Where(log => log.ClientId == Client);
        logs = Widget is { } widget ? logs.Where(log => log.WidgetId == widget) : logs;
        logs = From is { } from ? logs.Where(log => log.CreatedAt >= from.ToUniversalTime()) : logs;
        logs = Until is { } until ? logs.Where(log => log.CreatedAt < until.ToUniversalTime()) : logs;
        return Visitor is { } visitor ? logs.Where(log => log.UserId == visitor) : logs;
    }
}

/// <param name="Conversations">When looking: those with such a message. When deleting: those of which nothing was
/// left.</param>
/// <param name="IsComplete">Whether nothing that fits is left to delete.</param>
public sealed record LogExtent(long Messages, int Conversations, bool IsComplete);
