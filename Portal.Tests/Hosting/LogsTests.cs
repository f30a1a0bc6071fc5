using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Audit;
using Portal.Hosting;
using Portal.Tests.Api;

namespace Portal.Tests.Hosting;

public sealed class LogsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public void A_line_of_JSON_has_the_ids_of_trace_client_widget_and_conversation_and_nothing_of_other_scopes()
    {
        var (client, widget, conversation) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var scopes = new LoggerExternalScopeProvider();
        using var request = scopes.Push(
            new Dictionary<string, object?> { ["RequestPath"] = "/account/reset/one-time-token" }
        );
        using var outer = scopes.Push(new LogIds(client, widget));
        using var inner = scopes.Push(new LogIds(conversation: conversation));

        var line = Write(scopes, new InvalidOperationException("broken"));

        Assert.DoesNotContain('\n', line.TrimEnd('\n'));
        Assert.DoesNotContain("one-time-token", line, StringComparison.Ordinal);
        var log = JsonDocument.Parse(line).RootElement;
        Assert.Equal("warning", log.GetProperty("level").GetString());
        Assert.Equal("Portal.Test", log.GetProperty("category").GetString());
        Assert.Equal("Took 3 of \"many\"", log.GetProperty("message").GetString());
        Assert.Contains("broken", log.GetProperty("exception").GetString(), StringComparison.Ordinal);
        Assert.Equal(activity.TraceId.ToHexString(), log.GetProperty("traceId").GetString());
        Assert.Equal(client, log.GetProperty("client").GetGuid());
        Assert.Equal(widget, log.GetProperty("widget").GetGuid());
        Assert.Equal(conversation, log.GetProperty("conversation").GetGuid());
        Assert.Equal(3, log.GetProperty("fields").GetProperty("Count").GetInt32());
    }

    [Fact]
    public void Without_anybodys_work_a_line_has_no_ids()
    {
        Activity.Current = null;

        var log = JsonDocument.Parse(Write(new LoggerExternalScopeProvider(), null)).RootElement;

        Assert.Equal(
            ["time", "level", "category", "message", "fields"],
            log.EnumerateObject().Select(property => property.Name)
        );
    }

    [Fact]
    public async Task What_is_logged_while_a_visitor_is_served_names_client_widget_and_conversation()
    {
        using var heard = new HeardIds();
        await using var n8n = await N8n.StartAsync();
        await using var replica = await portal.ReplicaAsync(heard);
        var shop = await portal.NewWidgetAsync(n8n.Url);
        var guest = await replica.Guest(shop).OpenAsync();

        await guest.HistoryAsync();

        Assert.Contains(heard.Ids, ids =>
            ids.Contains("client:") && ids.Contains($"widget:{guest.Widget}") && ids.Contains("conversation:")
        );
    }

    private static string Write(IExternalScopeProvider scopes, Exception? error)
    {
        using var text = new StringWriter();
        KeyValuePair<string, object?>[] state =
        [
            new("Count", 3),
            new("What", "\"many\""),
            new("{OriginalFormat}", "Took {Count} of {What}"),
        ];
        new JsonLogFormatter(TimeProvider.System).Write(
            new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(
                LogLevel.Warning,
                "Portal.Test",
                1,
                state,
                error,
                (_, _) => "Took 3 of \"many\""
            ),
            scopes,
            text
        );
        return text.ToString();
    }

    /// <summary>The ids of each line's scopes, as the formatter finds them.</summary>
    private sealed class HeardIds : ILoggerProvider, ISupportExternalScope, ILogger
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _ids = new();
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public IReadOnlyCollection<string> Ids => _ids;

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var ids = new List<string>();
            _scopes.ForEachScope((scope, all) => all.Add(scope is LogIds found ? found.ToString() : ""), ids);
            _ids.Enqueue(string.Join(' ', ids));
        }

        public void Dispose() { }
    }
}
