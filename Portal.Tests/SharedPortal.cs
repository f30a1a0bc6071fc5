using Portal.Tests.Data;

[assembly: AssemblyFixture(typeof(Portal.Tests.SharedPortal))]

namespace Portal.Tests;

/// <summary>
/// One portal with one database, for all classes whose tests invent a client each and see nothing else: tenancy keeps them apart. A class
/// takes it as <c>AccountTests(SharedPortal portal) : IClassFixture&lt;SharedPortal.Running&gt;</c>. One that runs jobs, counts rows of all
/// clients or turns what holds for all of them has a <see cref="PortalApp"/> of its own.
/// </summary>
public sealed class SharedPortal : PortalApp
{
    private readonly Lazy<Task> _running;

    public SharedPortal() => _running = new(() => base.InitializeAsync().AsTask());

    /// <summary>Nothing: it starts with the first class that takes it.</summary>
    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        if (_running is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await base.DisposeAsync();
        }

        // Nobody needs the database server any more.
        await TestPostgres.StopAsync();
    }

    /// <summary>Starts it for those who take it, before their first test.</summary>
    public sealed class Running(SharedPortal portal) : IAsyncLifetime
    {
        public async ValueTask InitializeAsync() => await portal._running.Value;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
