using EvolveDb;
using Npgsql;
using Portal.Hosting;

namespace Portal.Data;

/// <summary>Brings the database up to date with the files of <c>migrations/</c>: forward only, each file once, in the order of their numbers.</summary>
public static class Migrations
{
    private const string Table = "migrations";

    // Any number will do, as long as every copy of the portal agrees on it.
    private const long Lock = 7_340_033;

    /// <summary>Where the build puts the files.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "migrations");

    /// <summary>Runs what has not run yet. Any number of portals may do this at once: one works, the others wait and find it done.</summary>
    public static async Task MigrateAsync(string owner, string folder, ILogger log, CancellationToken cancellationToken = default)
    {
        // Unpooled and without a time limit: a migration takes as long as it takes, and so does waiting for another portal's.
        var connectionString = new NpgsqlConnectionStringBuilder(Databases.WithDefaults(owner, "portal-migrations", connections: 2))
        {
            Pooling = false,
            CommandTimeout = 0,
            IncludeErrorDetail = true,
        }.ConnectionString;

        await using var turn = new NpgsqlConnection(connectionString);
        await Reachable(() => turn.OpenAsync(cancellationToken));
        await ExecuteAsync(turn, $"SELECT pg_advisory_lock({Lock})", cancellationToken);

        await using var connection = new NpgsqlConnection(connectionString);
        var evolve = new Evolve(connection, message => log.LogDebug("{Message}", message))
        {
            Locations = [folder],
            MetadataTableSchema = "public",
            MetadataTableName = Table,
            IsEraseDisabled = true,
            SqlRepeatableMigrationPrefix = "REPEATABLE", // there are none, and its own "R" would take bootstrap/roles.sql for one
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
                + "A file that has run is never edited: put it back as it was, and write the change into a new file with the next number.", e);
        }
        catch (EvolveException e)
        {
            throw new CannotStartException($"A migration failed and was rolled back: {OneLine(e.Message)}", e);
        }

        await ExecuteAsync(turn, $"""GRANT SELECT ON "{Table}" TO portal_app""", cancellationToken); // a portal without the owner's rights has to read the version
        if (evolve.AppliedMigrations is { Count: > 0 } applied)
        {
            log.LogInformation("Ran {Count} migrations on the database: {Names}", applied.Count, string.Join(", ", applied));
        }
    }

    /// <summary>For a portal without the owner's rights: refuses a database that lacks one of our migrations; a newer one is welcome, so that versions can roll.</summary>
    public static async Task CheckAsync(NpgsqlDataSource portal, string folder, ILogger log, CancellationToken cancellationToken = default)
    {
        var ours = Directory.EnumerateFiles(folder, "V*__*.sql").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).ToList();
        var theirs = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await using var command = portal.CreateCommand($"""SELECT name FROM "{Table}" WHERE type = 0 AND success""");
            await Reachable(async () =>
            {
                await using var names = await command.ExecuteReaderAsync(cancellationToken);
                while (await names.ReadAsync(cancellationToken))
                {
                    theirs.Add(names.GetString(0));
                }
            });
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InsufficientPrivilege)
        {
            // Nobody has migrated this database yet, so that it lacks every file.
        }

        if (ours.Except(theirs).ToList() is { Count: > 0 } missing)
        {
            throw new CannotStartException(
                $"The database is behind: it lacks {string.Join(", ", missing)}. Run the portal's \"migrate\" command with ConnectionStrings:Owner set, "
                + "or set ConnectionStrings:Owner for the portal itself, which then migrates when it starts.");
        }

        if (theirs.Except(ours).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } newer)
        {
            log.LogWarning("The database is newer than this portal, it has {Names}", string.Join(", ", newer));
        }
    }

    private static async Task Reachable(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (NpgsqlException e) when (e is not PostgresException || ((PostgresException)e).SqlState.StartsWith("28", StringComparison.Ordinal))
        {
            throw new CannotStartException($"The database does not let the portal in: {OneLine(e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message)}", e);
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string OneLine(string message) => string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
