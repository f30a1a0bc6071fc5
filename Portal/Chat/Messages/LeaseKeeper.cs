using Npgsql;
using Portal.Data;

namespace Portal.Chat;

/// <summary>
/// Looks after the messages that this process is asking bots about: renews their leases, so that nobody else asks again, and ends those
/// that a visitor stopped on another replica, or that were answered by a callback.
/// </summary>
public sealed partial class LeaseKeeper(
    MessageProcessor exchange,
    Journal journal,
    MessageSignals signals,
    TimeProvider clock,
    ILogger<LeaseKeeper> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        using var stops = signals.OnStop(exchange.Stop);
        using var answers = signals.OnAnswer(exchange.AnsweredElsewhere);
        using var timer = new PeriodicTimer(Journal.Lease / 3, clock);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (exchange.Running is not { Count: > 0 } running)
            {
                continue;
            }

            try
            {
                await journal.RenewAsync(running, cancellationToken);
            }
            catch (Exception error) when (error is JournalUnavailableException or NpgsqlException)
            {
                // The next tick tries again; a lease that is lost meanwhile lets a retry ask anew.
                NotRenewed(error, running.Count);
            }
        }
    }

    /// <summary>Questions whose visitors have left get their answers too, as long as there is time.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await exchange
            .DrainedAsync()
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        exchange.Abandon();
        await base.StopAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The leases of {Count} messages could not be renewed.")]
    private partial void NotRenewed(Exception error, int count);
}
