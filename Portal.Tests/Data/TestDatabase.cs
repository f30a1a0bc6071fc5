using Npgsql;
using Portal.Data;

namespace Portal.Tests.Data;

/// <summary>A database of one's own, with the schema of all migrations, or empty. Dropped when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly List<NpgsqlDataSource> _sources = [];

    private TestDatabase(string name, ConnectionStrings strings) => (Name, Strings) = (name, strings);

    public string Name { get; }

    /// <summary>The portal's five ways in.</summary>
    public ConnectionStrings Strings { get; }

    /// <summary>The same as settings of the portal: <c>web.UseSetting(key, value)</c>.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings =>
        [
            new("ConnectionStrings:Portal", Strings.Portal!),
            new("ConnectionStrings:Accounts", Strings.Accounts!),
            new("ConnectionStrings:Journal", Strings.Journal!),
            new("ConnectionStrings:Jobs", Strings.Jobs!),
            new("ConnectionStrings:Owner", Strings.Owner!),
        ];

    /// <summary>With the schema of all migrations.</summary>
    public static Task<TestDatabase> CreateAsync() => CreateAsync(empty: false);

    /// <summary>With the roles and nothing else.</summary>
    public static Task<TestDatabase> CreateEmptyAsync() => CreateAsync(empty: true);

    /// <summary>Opens it as a superuser, who sees and may do everything; for arranging and for looking.</summary>
    public async Task<NpgsqlDataSource> AsSuperuserAsync() =>
        Open(
            new NpgsqlConnectionStringBuilder(await TestPostgres.SuperuserAsync()) { Database = Name }.ConnectionString
        );

    /// <summary>Opens it as one of the portal's roles: <c>database.Open(database.Strings.Journal!)</c>.</summary>
    public NpgsqlDataSource Open(string connectionString)
    {
        var source = NpgsqlDataSource.Create(connectionString);
        _sources.Add(source);
        return source;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources)
        {
            await source.DisposeAsync();
        }

        await TestPostgres.DropAsync(Name);
    }

    private static async Task<TestDatabase> CreateAsync(bool empty)
    {
        var (name, strings) = await TestPostgres.CloneAsync(empty);
        return new(name, strings);
    }
}
