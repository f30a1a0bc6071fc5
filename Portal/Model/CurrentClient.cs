using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>The entered client as this request found it: its row is read once, by whoever asks for it first.</summary>
public sealed class CurrentClient(PortalDb db)
{
    private bool _isRead;
    private Client? _row;

    /// <summary>Null when no client is entered, or it is gone.</summary>
    public async Task<Client?> FindAsync(CancellationToken cancellationToken)
    {
        if (!_isRead)
        {
            _row = await db.Clients.AsNoTracking().SingleOrDefaultAsync(cancellationToken);
            _isRead = true;
        }

        return _row;
    }

    public async Task<Client> GetAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken) ?? throw new InvalidOperationException("There is no such client.");

    /// <summary>The zone that it lives in; UTC when this machine does not know its name.</summary>
    public async Task<TimeZoneInfo> ZoneAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken) is { } client
        && TimeZoneInfo.TryFindSystemTimeZoneById(client.TimeZone, out var zone)
            ? zone
            : TimeZoneInfo.Utc;
}
