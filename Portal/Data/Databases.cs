using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Hosting;

namespace Portal.Data;

/// <summary>The data sources, one pool for each role. Open once <see cref="StartAsync"/> has run.</summary>
public sealed class Databases(
    IOptions<ConnectionStrings> configured,
    IOptions<EmbeddedPostgresOptions> embedded,
    IHostEnvironment environment,
    ILoggerFactory loggers
) : IAsyncDisposable
{
    private readonly List<NpgsqlDataSource> _sources = [];
    private EmbeddedPostgres? _postgres;
    private ConnectionStrings? _strings;

    /// <summary>Requests: what a client may see and change.</summary>
    public NpgsqlDataSource Portal
    {
        get => field ?? throw NotStarted();
        private set;
    }

    /// <summary>Sign-in, which happens before a client is known.</summary>
    public NpgsqlDataSource Accounts
    {
        get => field ?? throw NotStarted();
        private set;
    }

    /// <summary>The writer of messages and answers.</summary>
    public NpgsqlDataSource Journal
    {
        get => field ?? throw NotStarted();
        private set;
    }

    /// <summary>Clean-up, aggregation, sweeping.</summary>
    public NpgsqlDataSource Jobs
    {
        get => field ?? throw NotStarted();
        private set;
    }

    /// <summary>
    /// A read replica for large reports, which may be a moment behind; null if reports are read from the primary.
    /// </summary>
    public NpgsqlDataSource? Reports { get; private set; }

    /// <summary>The connection strings in use, including those of the embedded PostgreSQL.</summary>
    public ConnectionStrings Strings => _strings ?? throw NotStarted();

    /// <summary>Whether no connection string is set and the portal may start its own PostgreSQL.</summary>
    public bool IsEmbedded =>
        configured.Value.AreAllMissing && (embedded.Value.EmbeddedPostgres ?? environment.IsDevelopment());

    /// <summary>Opens the data sources, after starting the embedded PostgreSQL if it is used.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_strings is not null)
        {
            return;
        }

        var strings = configured.Value;
        if (IsEmbedded)
        {
            _postgres = await EmbeddedPostgres.StartAsync(
                embedded.Value,
                environment.ContentRootPath,
                loggers.CreateLogger<EmbeddedPostgres>(),
                cancellationToken
            );
            strings = await _postgres.CreatePortalAsync(cancellationToken);
        }
        else if (strings.Missing.ToList() is { Count: > 0 } missing)
        {
            throw new CannotStartException(
                $"The portal has no database: set {string.Join(", ", missing)} (one for each database role, made by migrations/bootstrap/roles.sql). "
                    + "Without any of them, Portal:EmbeddedPostgres=true lets the portal run a private PostgreSQL of its own."
            );
        }

        Portal = Open(strings.Portal!, "portal", connections: 50, prepared: 50);
        Accounts = Open(strings.Accounts!, "portal-accounts", connections: 20, prepared: 20);
        Journal = Open(strings.Journal!, "portal-journal", connections: 10, prepared: 20);
        Jobs = Open(strings.Jobs!, "portal-jobs", connections: 10, prepared: 0);
        Reports = OpenReports(strings);
        strings.Listen = ForListening(string.IsNullOrWhiteSpace(strings.Listen) ? strings.Portal! : strings.Listen);
        _strings = strings;
    }

    /// <summary>Restarts the embedded PostgreSQL if it has died. What was committed is still there.</summary>
    internal Task ReviveAsync(CancellationToken cancellationToken) =>
        _postgres?.ReviveAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>The connection strings for the one-shot migration, which only needs the owner's.</summary>
    internal async Task<string> OwnerAsync(CancellationToken cancellationToken)
    {
        if (IsEmbedded)
        {
            await StartAsync(cancellationToken);
            return Strings.Owner!;
        }

        return configured.Value.Owner is { Length: > 0 } owner
            ? owner
            : throw new CannotStartException(
                "Nothing can be migrated without the owner of the database: set ConnectionStrings:Owner."
            );
    }

    // At the start the replica may be away, and need not answer: it has the roles of its primary, whose were looked at.
    private NpgsqlDataSource? OpenReports(ConnectionStrings strings)
    {
        if (string.IsNullOrWhiteSpace(strings.Reports))
        {
            return null;
        }

        var source = Open(strings.Reports, "portal-reports", connections: 20, prepared: 20);
        var role = new NpgsqlConnectionStringBuilder(strings.Portal).Username;
        return new NpgsqlConnectionStringBuilder(strings.Reports).Username == role
            ? source
            : throw new CannotStartException(
                $"ConnectionStrings:Reports has to sign in as the role of ConnectionStrings:Portal, {role}: row level security binds that one."
            );
    }

    private NpgsqlDataSource Open(string connectionString, string name, int connections, int prepared)
    {
        var builder = new NpgsqlDataSourceBuilder(WithDefaults(connectionString, name, connections, prepared))
        {
            // In metrics, which would show the connection string otherwise.
            Name = name,
        };
        var source = builder.UseLoggerFactory(loggers).Build();
        _sources.Add(source);
        return source;
    }

    /// <summary>Adds defaults; what the operator set in the connection string is kept.</summary>
    internal static string WithDefaults(string connectionString, string name, int connections, int prepared = 0)
    {
        NpgsqlConnectionStringBuilder given;
        try
        {
            given = new(connectionString);
        }
        catch (ArgumentException e)
        {
            throw new CannotStartException($"The connection string of \"{name}\" cannot be read: {e.Message}", e);
        }

        Default("Application Name", name);
        Default("Command Timeout", 10);
        // How long to wait for a free or new connection, so that a refusal comes early enough to matter.
        Default("Timeout", 5);
        Default("Maximum Pool Size", connections);
        // Statements are prepared per connection, so pgbouncer before 1.21 needs Max Auto Prepare=0.
        Default("Max Auto Prepare", prepared);
        Default("Auto Prepare Min Usages", 2);
        // Otherwise each new connection looks for Kerberos first, whose library few containers have.
        Default("GSS Encryption Mode", GssEncryptionMode.Disable);
        // All our settings end with their transaction, so there is nothing to reset when a connection returns to the
        // pool.
        Default("No Reset On Close", true);
        return given.ConnectionString;

        void Default(string key, object value)
        {
            // ContainsKey says whether the keyword exists, ShouldSerialize whether somebody has set it.
            if (!given.ShouldSerialize(key))
            {
                given[key] = value;
            }
        }
    }

    // A dedicated connection that is held permanently, which a pool would only watch.
    private static string ForListening(string connectionString) =>
        new NpgsqlConnectionStringBuilder(WithDefaults(connectionString, "portal-listen", connections: 1))
        {
            Pooling = false,
            Multiplexing = false,
            MaxAutoPrepare = 0,
        }.ConnectionString;

    private static InvalidOperationException NotStarted() =>
        new("The database is not open yet: await app.PrepareDatabasesAsync() first.");

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources)
        {
            await source.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }
}
