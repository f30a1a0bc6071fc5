using Npgsql;
using Portal.Data;

namespace Portal.Chat;

/// <summary>
/// Renews the leases of the messages for which this process is calling bots, so that no other process takes them over,
/// and ends those that a visitor stopped on another replica or that were answered by callback.
/// </summary>
public sealed partial class LeaseKeeper(
    MessageProcessor processor,
    Journal journal,
    MessageSignals signals,
    TimeProvider clock,
    ILogger<LeaseKeeper> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        using var stops = signals.OnStop(processor.Stop);
        using var answers = signals.OnAnswer(processor.AnsweredElsewhere);
        using var timer = new PeriodicTimer(Journal.Lease / 3, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (processor.Running is not { Count: > 0 } running)
            {
                continue;
            }

            try
            {
                await journal.RenewAsync(running, cancellationToken);
            }
            catch (Exception error) when (error is JournalUnavailableException or NpgsqlException)
            {
                // The next tick tries again; if a lease is lost meanwhile, a retry may call the bot again.
                NotRenewed(error, running.Count);
            }
        }
    }

    /// <summary>Questions of visitors who have left get their answers too, as long as there is time.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await processor
            .DrainedAsync()
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        processor.Abandon();
        await base.StopAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The leases of {Count} messages could not be renewed.")]
    private partial void NotRenewed(Exception error, int count);
}
