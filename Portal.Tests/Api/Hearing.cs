using System.Net.ServerSentEvents;
using System.Text.Json;

namespace Portal.Tests.Api;

/// <summary>The events of one answer, as a visitor's widget hears them.</summary>
public sealed class Hearing : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly CancellationTokenSource _end;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    public Hearing(HttpResponseMessage response, Stream stream, CancellationToken cancellationToken)
    {
        _response = response;
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _end.CancelAfter(Timeouts.Limit);
        _events = SseParser.Create(stream).EnumerateAsync(_end.Token).GetAsyncEnumerator(_end.Token);
    }

    public HttpResponseMessage Response => _response;

    /// <summary>The text received so far.</summary>
    public string Words { get; private set; } = "";

    /// <summary>The next event's name and data, or null at the end of the line.</summary>
    public async Task<(string Name, JsonElement Data)?> NextAsync()
    {
        if (!await _events.MoveNextAsync())
        {
            return null;
        }

        var (name, data) = (_events.Current.EventType, JsonDocument.Parse(_events.Current.Data).RootElement);
        Words += name == "delta" ? data.GetProperty("text").GetString() : "";
        return (name, data);
    }

    /// <summary>Hears on until these words have come.</summary>
    public async Task HeardAsync(string words)
    {
        while (!Words.Contains(words, StringComparison.Ordinal))
        {
            var (name, _) = await NextAsync() ?? ("the end of the line", default);
            Assert.Contains(name, (string[])["delta", "ping"]);
        }
    }

    /// <summary>Hears everything and gives the last event.</summary>
    public async Task<(string Name, JsonElement Reply)> EndAsync()
    {
        (string Name, JsonElement Data)? last = null;
        while (await NextAsync() is { } next)
        {
            last = next;
        }

        return last ?? throw new InvalidOperationException("Nothing was heard.");
    }

    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        _end.Dispose();
        return ValueTask.CompletedTask;
    }
}
