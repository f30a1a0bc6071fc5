using Npgsql;

namespace Portal.Tests.Data;

/// <summary>One database for all tests of a class that only look at it.</summary>
public sealed class SharedDatabase : IAsyncLifetime
{
    public TestDatabase Database { get; private set; } = null!;

    public NpgsqlDataSource Superuser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        Superuser = await Database.AsSuperuserAsync();
    }

    public async ValueTask DisposeAsync() => await Database.DisposeAsync();
}
