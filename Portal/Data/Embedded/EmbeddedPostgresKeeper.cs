namespace Portal.Data;

/// <summary>Checks once a second whether the embedded PostgreSQL runs, and restarts it when it has died.</summary>
public sealed partial class EmbeddedPostgresKeeper(
    Databases databases,
    TimeProvider clock,
    ILogger<EmbeddedPostgresKeeper> log
) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!databases.IsEmbedded)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await databases.ReviveAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                // The disk may be full: keep trying until there is room.
                NotRevived(error);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The embedded PostgreSQL could not be started again.")]
    private partial void NotRevived(Exception error);
}
