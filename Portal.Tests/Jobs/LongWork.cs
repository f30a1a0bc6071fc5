using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Tests.Jobs;

/// <summary>A job that works until it is told to end, on a runner whose clock is the test's.</summary>
internal sealed class LongWork : IAsyncDisposable, IJob, ILogger<JobRunner>
{
    public const string Name = "long-work";

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeTimeProvider _clock = new();
    private readonly DateTimeOffset _start;
    private readonly Portal.Data.Databases _databases;
    private readonly ServiceProvider _services;
    private readonly JobRunner _runner;
    private IReadOnlyList<Task> _runs = [];
    private int _faults;

    public LongWork(PortalApp portal)
    {
        _start = _clock.GetUtcNow();
        _databases = portal.Services.GetRequiredService<Portal.Data.Databases>();
        _services = new ServiceCollection().AddSingleton(this).BuildServiceProvider();
        _runner = new(
            portal.Services.GetRequiredService<IDbContextFactory<JobsDb>>(),
            [new(Name, "Long work", "Works.", TimeSpan.FromDays(1), typeof(LongWork))],
            _services.GetRequiredService<IServiceScopeFactory>(),
            portal.Services.GetRequiredService<IHostApplicationLifetime>(),
            _clock,
            this
        );
    }

    public bool IsStopped { get; private set; }

    /// <summary>Renewals that did not come through.</summary>
    public int Faults => Volatile.Read(ref _faults);

    public TimeSpan Elapsed => _clock.GetUtcNow() - _start;

    public async Task BeginAsync()
    {
        await ExecuteAsync(_databases.Strings.Jobs!, $"DELETE FROM job_runs WHERE job = '{Name}'");
        _runs = await _runner.StartDueAsync(default);
        await _begun.Task.Patiently();
    }

    /// <summary>It is time for a renewal.</summary>
    public void Tick() => _clock.Advance(JobRunner.RenewEvery);

    public async Task WhileRowsAreAwayAsync(Func<Task> work)
    {
        await ExecuteAsync(_databases.Strings.Owner!, "ALTER TABLE job_runs RENAME TO hidden");
        try
        {
            await work();
        }
        finally
        {
            await ExecuteAsync(_databases.Strings.Owner!, "ALTER TABLE hidden RENAME TO job_runs");
        }
    }

    public async Task EndAsync()
    {
        _ended.TrySetResult();
        await Task.WhenAll(_runs).Patiently();
    }

    async Task IJob.RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        await using var stopped = cancellationToken.Register(() => IsStopped = true);
        _begun.TrySetResult();
        await _ended.Task;
        cancellationToken.ThrowIfCancellationRequested();
    }

    void ILogger.Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => Interlocked.Increment(ref _faults);

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _runner.DisposeAsync();
        await _services.DisposeAsync();
    }
}
