[assembly: AssemblyFixture(typeof(Portal.Tests.Data.StopAtTheEnd))]

namespace Portal.Tests.Data;

/// <summary>Waits, when all tests have run, for the database server to end.</summary>
public sealed class StopAtTheEnd : IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await TestPostgres.StopAsync();
}
