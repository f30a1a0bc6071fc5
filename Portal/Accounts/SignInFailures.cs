using System.Threading.Channels;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Logs failed sign-ins a moment later, so that the response takes the same time whether or not the account exists.</summary>
public sealed partial class SignInFailures(Databases databases, ILogger<SignInFailures> log) : BackgroundService
{
    // Limits allow far fewer. Dropping some is better than running out of memory.
    private readonly Channel<ChangeLog> _noted = Channel.CreateBounded<ChangeLog>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    public void Note(ChangeLog failure) => _noted.Writer.TryWrite(failure);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var failure in _noted.Reader.ReadAllAsync(CancellationToken.None))
        {
            try
            {
                await using var connection = await databases.Accounts.OpenConnectionAsync(CancellationToken.None);
                await AuditLog.WriteAsync(connection, failure, CancellationToken.None);
            }
            catch (Exception error) when (error is NpgsqlException or TimeoutException)
            {
                NotWritten(error.Message);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _noted.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A failed sign-in could not be recorded: {Why}")]
    private partial void NotWritten(string why);
}
