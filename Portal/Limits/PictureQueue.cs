using System.Collections.Concurrent;

namespace Portal.Limits;

/// <summary>Lets each client have one picture drawn at a time: the second waits its turn, and further ones are refused.</summary>
public sealed class PictureQueue
{
    private const int Waiting = 2;

    private readonly ConcurrentDictionary<Guid, int> _clients = new();

    /// <summary>Null when this client has as many pictures waiting as it may.</summary>
    public IDisposable? Enter(Guid client)
    {
        if (_clients.AddOrUpdate(client, 1, (_, count) => count + 1) <= Waiting)
        {
            return new Place(this, client);
        }

        Leave(client);
        return null;
    }

    private void Leave(Guid client)
    {
        if (_clients.AddOrUpdate(client, 0, (_, count) => count - 1) == 0)
        {
            _clients.TryRemove(KeyValuePair.Create(client, 0));
        }
    }

    private sealed class Place(PictureQueue queue, Guid client) : IDisposable
    {
        public void Dispose() => queue.Leave(client);
    }
}
