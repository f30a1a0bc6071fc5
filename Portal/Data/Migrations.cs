using System.Security.Cryptography;
using System.Text;
using EvolveDb;
using Npgsql;
using Portal.Hosting;

namespace Portal.Data;

/// <summary>
/// Brings the database up to date with the files of <c>migrations/</c>: the numbered ones once each, in order and
/// forward only; then those of <c>migrations/functions/</c>, each again whenever its text has changed.
/// </summary>
public static class Migrations
{
    private const string Table = "migrations";

    // A server that is there but busy, because it recovers or other portals start beside this one, gets a while. What
    // it refuses, or a name that nobody has, is told at once.
    private const int Attempts = 5;

    // Any number will do, as long as every version of the portal uses it.
    private const long Lock = 7_340_033;

    // The migrations were rewritten before the first release; every database that the earlier ones created has a
    // migration of this name.
    private const string BeforeTheFirstRelease = "V0002__tenancy_and_journal.sql";

    /// <summary>Where the build puts the files.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "migrations");

    /// <summary>
    /// Runs what has not run yet. Any number of portals may do this at once: one works, the others wait and find it
    /// done.
    /// </summary>
    public static async Task MigrateAsync(
        string owner,
        string folder,
        ILogger log,
        CancellationToken cancellationToken = default
    )
    {
        // Unpooled and without a time limit: a migration takes as long as it takes, and so does waiting for another
        // portal's.
        var connectionString = new NpgsqlConnectionStringBuilder(
            Databases.WithDefaults(owner, "portal-migrations", connections: 2)
        )
        {
            Pooling = false,
            CommandTimeout = 0,
            IncludeErrorDetail = true,
        }.ConnectionString;

        await using var turn = await PatientlyAsync(
            () => OpenAsync(new NpgsqlConnection(connectionString), cancellationToken),
            log
        );
        await ExecuteAsync(turn, $"SELECT pg_advisory_lock({Lock})", cancellationToken);
        var history = await HistoryAsync(turn, cancellationToken);
        RefuseThoseBeforeTheFirstRelease(history);
        var isNewer = history.Except(FilesIn(folder)).Any(migration => migration.IsNumbered);

        await using var connection = new NpgsqlConnection(connectionString);
        var evolve = new Evolve(connection, message => log.LogDebug("{Message}", message))
        {
            Locations = [folder],
            MetadataTableSchema = "public",
            MetadataTableName = Table,
            IsEraseDisabled = true,
            // A replica of the previous version that restarts during a rolling upgrade must not restore its own
            // functions.
            SqlRepeatableMigrationPrefix = isNewer ? "none" : "R",
            EnableClusterMode = false, // its own lock gives up after a while instead of waiting
            CommandTimeout = int.MaxValue / 1000,
        };

        try
        {
            await Task.Run(evolve.Migrate, cancellationToken);
        }
        catch (EvolveValidationException e)
        {
            throw new CannotStartException(
                $"The database was built by other migrations than those in {folder}: {OneLine(e.Message)} "
                    + "A numbered file that has run is never edited: put it back as it was, and write the change into a new file with the next number.",
                e
            );
        }
        catch (EvolveException e)
        {
            throw new CannotStartException($"A migration failed and was rolled back: {OneLine(e.Message)}", e);
        }

        await ExecuteAsync(turn, $"""GRANT SELECT ON "{Table}" TO portal_app""", cancellationToken); // a portal without the owner's rights has to read the version
        if (evolve.AppliedMigrations is { Count: > 0 } applied)
        {
            log.LogInformation(
                "Ran {Count} migrations on the database: {Names}",
                applied.Count,
                string.Join(", ", applied)
            );
        }
    }

    /// <summary>
    /// For a portal without the owner's rights: refuses a database that lacks one of our migrations; accepts a newer
    /// one, for rolling upgrades.
    /// </summary>
    public static async Task CheckAsync(
        NpgsqlDataSource portal,
        string folder,
        ILogger log,
        CancellationToken cancellationToken = default
    )
    {
        var status = await PatientlyAsync(() => StatusAsync(portal, folder, cancellationToken), log);
        if (status.Missing.Count > 0)
        {
            throw new CannotStartException(
                $"The database is behind: it lacks {string.Join(", ", status.Missing)}. Run the portal's \"migrate\" command with ConnectionStrings:Owner set, "
                    + "or set ConnectionStrings:Owner for the portal itself, which then migrates when it starts."
            );
        }

        if (status.Newer.Count > 0)
        {
            log.LogWarning(
                "The database is newer than this portal, it has {Names}",
                string.Join(", ", status.Newer.Order(StringComparer.Ordinal))
            );
        }
    }

    /// <summary>Compares the migrations that ran on the database with ours.</summary>
    public static async Task<MigrationStatus> StatusAsync(
        NpgsqlDataSource portal,
        string folder,
        CancellationToken cancellationToken = default
    )
    {
        await using var connection = await OpenAsync(portal.CreateConnection(), cancellationToken);
        var theirs = await HistoryAsync(connection, cancellationToken);
        RefuseThoseBeforeTheFirstRelease(theirs);

        var ours = FilesIn(folder);
        // For a repeatable file, the text that ran last counts.
        var latest = theirs.GroupBy(migration => migration.Name).Select(runs => runs.Last()).ToList();
        return new(
            latest.Count,
            theirs.LastOrDefault()?.Name,
            [.. ours.Except(theirs).Select(migration => migration.Name)],
            [.. latest.Except(ours).Select(migration => migration.Name)]
        );
    }

    private static List<Migration> FilesIn(string folder) =>
        [
            .. Directory
                .EnumerateFiles(folder, "V*__*.sql")
                .Select(file => new Migration(Path.GetFileName(file), null))
                .OrderBy(migration => migration.Name, StringComparer.Ordinal),
            .. Directory
                .EnumerateFiles(folder, "R__*.sql", SearchOption.AllDirectories)
                .Select(file => new Migration(Path.GetFileName(file), ChecksumOf(file)))
                .OrderBy(migration => migration.Name, StringComparer.Ordinal),
        ];

    // The migrations that have run, in order.
    private static async Task<List<Migration>> HistoryAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        var history = new List<Migration>();
        try
        {
            await using var command = new NpgsqlCommand(
                $"""SELECT name, CASE WHEN version IS NULL THEN checksum END FROM "{Table}" WHERE type IN (0, 4) AND success ORDER BY id""",
                connection
            );
            await Reachable(async () =>
            {
                await using var rows = await command.ExecuteReaderAsync(cancellationToken);
                while (await rows.ReadAsync(cancellationToken))
                {
                    history.Add(
                        new(
                            rows.GetString(0),
                            await rows.IsDBNullAsync(1, cancellationToken) ? null : rows.GetString(1)
                        )
                    );
                }
            });
        }
        catch (PostgresException e)
            when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InsufficientPrivilege)
        {
            // Nobody has migrated this database yet, so it lacks every migration.
        }

        return history;
    }

    private static void RefuseThoseBeforeTheFirstRelease(IEnumerable<Migration> history)
    {
        if (history.Any(migration => migration.Name == BeforeTheFirstRelease))
        {
            throw new CannotStartException(
                "This database was created by a version before 1.0, which this portal cannot upgrade: export what you need and start with a new database, as docs/upgrade.md says."
            );
        }
    }

    // As Evolve makes it.
    private static string ChecksumOf(string file) =>
        Convert.ToHexString(
            MD5.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(file).Replace("\r\n", "\n", StringComparison.Ordinal)))
        );

    private static async Task<T> PatientlyAsync<T>(Func<Task<T>> work, ILogger log)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (CannotStartException e)
                when (attempt < Attempts && e.InnerException is NpgsqlException { InnerException: TimeoutException })
            {
                log.LogWarning("The database has not answered; attempt {Attempt} of {Attempts}", attempt, Attempts);
            }
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        await Reachable(() => connection.OpenAsync(cancellationToken));
        return connection;
    }

    private static async Task Reachable(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (NpgsqlException e)
            when (e is not PostgresException
                || ((PostgresException)e).SqlState.StartsWith("28", StringComparison.Ordinal)
            )
        {
            throw new CannotStartException(
                $"The database does not let the portal in: {OneLine(e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message)}",
                e
            );
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string OneLine(string message) =>
        string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <param name="Checksum">Of a repeatable file, which is another one with another text; null: a numbered file,
    /// known by its name.</param>
    private sealed record Migration(string Name, string? Checksum)
    {
        public bool IsNumbered => Checksum is null;
    }
}

/// <param name="Applied">The number of migrations that have run.</param>
/// <param name="Latest">The migration that ran last.</param>
/// <param name="Missing">Our migrations that have not run.</param>
/// <param name="Newer">Migrations of a newer portal.</param>
public sealed record MigrationStatus(
    int Applied,
    string? Latest,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Newer
);
