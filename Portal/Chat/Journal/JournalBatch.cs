using System.Globalization;
using Npgsql;

namespace Portal.Chat;

/// <summary>Entries of all kinds in one batch, which PostgreSQL runs as one transaction.</summary>
internal static class JournalBatch
{
    /// <summary>The time limit of a batch in the database.</summary>
    public const int CommandSeconds = 5;

    // Outcomes come before questions, so that a retry of a message that is just being answered finds its answer.
    private static readonly JournalKind[] Order =
    [
        PartialEntry.Writing,
        AnswerEntry.Writing,
        FailureEntry.Writing,
        LateAnswerEntry.Writing,
        RenewalEntry.Writing,
        ClaimEntry.Writing,
        ReclaimEntry.Writing,
    ];

    private static IReadOnlyList<(JournalKind Kind, IReadOnlyList<JournalEntry> Entries)> ByKind(
        IReadOnlyList<JournalEntry> entries
    )
    {
        var kinds = new List<(JournalKind, IReadOnlyList<JournalEntry>)>(Order.Length);
        foreach (var kind in Order)
        {
            List<JournalEntry>? members = null;
            foreach (var entry in entries)
            {
                if (entry.Kind == kind)
                {
                    (members ??= new(entries.Count)).Add(entry);
                }
            }

            if (members is not null)
            {
                kinds.Add((kind, members));
            }
        }

        return kinds;
    }

    /// <summary>Returns when all of them stand in the database, and each knows what became of it.</summary>
    /// <param name="lockPatience">In milliseconds; how long a row that somebody else holds is waited for.</param>
    /// <exception cref="PostgresException">One of them could not be written, so none was.</exception>
    public static async Task CommitAsync(
        NpgsqlDataSource journal,
        IReadOnlyList<JournalEntry> entries,
        int lockPatience
    )
    {
        await using var connection = await journal.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection) { Timeout = CommandSeconds };
        var kinds = ByKind(entries);
        batch.BatchCommands.Add(Settings(lockPatience));
        foreach (var (kind, members) in kinds)
        {
            kind.AddTo(batch, members);
        }

        await using var reader = await batch.ExecuteReaderAsync();
        foreach (var (kind, members) in kinds)
        {
            await kind.ReadAsync(reader, members);
        }

        // The commit, or its failure, arrives with the end of the response.
        while (await reader.NextResultAsync()) { }
    }

    /// <summary>
    /// Runs before the other statements. Every row here is found by its id, so each connection plans a statement once:
    /// planning it for every batch would take twice as long as running it. Without these settings, plans made before a
    /// table was analyzed would scan it. A table that was analyzed when it held a few rows may still be scanned until
    /// autovacuum analyzes it again.
    /// </summary>
    private static NpgsqlBatchCommand Settings(int lockPatience)
    {
        var command = new NpgsqlBatchCommand(
            """
            SELECT set_config('lock_timeout', $1, true), set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
                   set_config('enable_bitmapscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
            """
        );
        command.Parameters.Add(
            new NpgsqlParameter<string> { TypedValue = lockPatience.ToString(CultureInfo.InvariantCulture) }
        );
        return command;
    }
}
