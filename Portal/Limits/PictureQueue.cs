using System.Collections.Concurrent;

namespace Portal.Limits;

/// <summary>Processes one picture of a client at a time: a second one waits, and further ones are refused.</summary>
public sealed class PictureQueue
{
    private const int Waiting = 2;

    private readonly ConcurrentDictionary<Guid, int> _clients = new();

    /// <summary>Null when this client already has the most pictures in the queue.</summary>
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
