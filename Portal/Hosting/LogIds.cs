using System.Collections;

namespace Portal.Hosting;

/// <summary>
/// The client, widget and conversation that a log entry belongs to: ids, never names. Used as a logging scope.
/// </summary>
public sealed class LogIds(Guid? client = null, Guid? widget = null, Guid? conversation = null)
    : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly KeyValuePair<string, object?>[] _ids =
    [
        .. new (string Name, Guid? Id)[] { ("client", client), ("widget", widget), ("conversation", conversation) }
            .Where(named => named.Id is not null)
            .Select(named => new KeyValuePair<string, object?>(named.Name, named.Id)),
    ];

    public int Count => _ids.Length;

    public KeyValuePair<string, object?> this[int index] => _ids[index];

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, object?>>)_ids).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString() => string.Join(' ', _ids.Select(id => $"{id.Key}:{id.Value}"));
}
