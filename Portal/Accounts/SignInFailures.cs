using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Portal.Data;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Logs failed sign-ins a moment later, so that the response takes the same time whether or not the account exists.
/// </summary>
public sealed partial class SignInFailures(IDbContextFactory<AccountsDb> accounts, ILogger<SignInFailures> log)
    : BackgroundService
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
                await using var db = await accounts.CreateDbContextAsync(CancellationToken.None);
                db.Add(failure);
                await db.SaveChangesAsync(CancellationToken.None);
            }
            catch (Exception error) when (error.IsDatabaseFailure)
            {
                NotWritten((error.DatabaseError ?? error).Message);
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
