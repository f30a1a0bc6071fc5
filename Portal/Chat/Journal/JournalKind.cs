using Npgsql;
using NpgsqlTypes;

namespace Portal.Chat;

/// <summary>
/// Entries that are written by the same one or two statements. Each statement may run again after a lost connection,
/// perhaps on top of what it did before, so all are idempotent.
/// </summary>
internal abstract class JournalKind
{
    public abstract void AddTo(NpgsqlBatch batch, IReadOnlyList<JournalEntry> entries);

    /// <summary>Reads the outcome of each entry.</summary>
    public abstract Task ReadAsync(NpgsqlDataReader results, IReadOnlyList<JournalEntry> entries);
}

internal sealed class JournalKind<TEntry, T>(params JournalStatement<TEntry>[] statements) : JournalKind
    where TEntry : JournalEntry<T>
{
    public override void AddTo(NpgsqlBatch batch, IReadOnlyList<JournalEntry> entries)
    {
        foreach (var statement in statements)
        {
            if (statement.IsFor is { } isFor && !entries.Any(entry => isFor((TEntry)entry)))
            {
                continue;
            }

            var command = new NpgsqlBatchCommand(statement.Sql);
            statement.Bind(new(command.Parameters, entries));
            batch.BatchCommands.Add(command);
        }
    }

    public override async Task ReadAsync(NpgsqlDataReader results, IReadOnlyList<JournalEntry> entries)
    {
        foreach (var entry in entries)
        {
            ((TEntry)entry).Reset();
        }

        foreach (var statement in statements)
        {
            if (statement.Read is not { } read)
            {
                continue;
            }

            await results.NextResultAsync();
            var next = 0;
            while (await results.ReadAsync())
            {
                if (statement.Id is { } id)
                {
                    next = IndexOf(results.GetGuid(0), id, entries, next);
                    read(results, (TEntry)entries[next++]);
                }
                else
                {
                    // PostgreSQL counts from 1.
                    read(results, (TEntry)entries[(int)results.GetInt64(0) - 1]);
                }
            }
        }
    }

    // Rows usually come in the order of the entries, so the next entry is checked first.
    private static int IndexOf(Guid named, Func<TEntry, Guid> id, IReadOnlyList<JournalEntry> entries, int next)
    {
        for (var tried = 0; tried < entries.Count; tried++)
        {
            var index = (next + tried) % entries.Count;
            if (id((TEntry)entries[index]) == named)
            {
                return index;
            }
        }

        throw new JournalMismatchException(named);
    }
}

/// <param name="Bind">Gives the columns of <c>unnest(…) WITH ORDINALITY</c>.</param>
/// <param name="Read">Takes in a row, whose first column is the ordinality of its entry, or its <c>Id</c>; null for a
/// statement that returns none.</param>
internal sealed record JournalStatement<TEntry>(
    string Sql,
    Action<JournalColumns<TEntry>> Bind,
    Action<NpgsqlDataReader, TEntry>? Read
)
    where TEntry : JournalEntry
{
    /// <summary>A statement that returns no rows is left out when it applies to none of the entries.</summary>
    public Func<TEntry, bool>? IsFor { get; init; }

    /// <summary>Of an INSERT, which cannot return the ordinality: the first column.</summary>
    public Func<TEntry, Guid>? Id { get; init; }
}

/// <summary>The parameters of a statement: one array for each column.</summary>
internal readonly struct JournalColumns<TEntry>(
    NpgsqlParameterCollection parameters,
    IReadOnlyList<JournalEntry> entries
)
    where TEntry : JournalEntry
{
    public JournalColumns<TEntry> Add<T>(NpgsqlDbType type, Func<TEntry, T> value)
    {
        var column = new T[entries.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value((TEntry)entries[i]);
        }

        parameters.Add(new NpgsqlParameter<T[]> { TypedValue = column, NpgsqlDbType = NpgsqlDbType.Array | type });
        return this;
    }

    /// <summary>For entries that bring many values each.</summary>
    public JournalColumns<TEntry> AddAll<T>(NpgsqlDbType type, Func<TEntry, IEnumerable<T>> values)
    {
        parameters.Add(
            new NpgsqlParameter<T[]>
            {
                TypedValue = [.. entries.SelectMany(entry => values((TEntry)entry))],
                NpgsqlDbType = NpgsqlDbType.Array | type,
            }
        );
        return this;
    }
}
