using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Portal.Hosting;

/// <summary>
/// One JSON object per line: time, level, message, the ids of the trace and of client, widget and conversation, and the
/// fields of the message. Other scopes are left out, because those of ASP.NET Core hold request paths, and some of our
/// paths are one-time links.
/// </summary>
public sealed class JsonLogFormatter(TimeProvider clock) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "portal-json";

    // Text stays readable: lines go to a collector, never into a page.
    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public override void Write<TState>(
        in LogEntry<TState> logEntry,
        IExternalScopeProvider? scopeProvider,
        TextWriter textWriter
    )
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("time", clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("level", Level(logEntry.LogLevel));
            json.WriteString("category", logEntry.Category);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            if (logEntry.Exception is { } error)
            {
                json.WriteString("exception", error.ToString());
            }

            WriteIds(json, scopeProvider);
            WriteFields(json, logEntry.State as IReadOnlyList<KeyValuePair<string, object?>>);
            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteIds(Utf8JsonWriter json, IExternalScopeProvider? scopes)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            json.WriteString("traceId", activity.TraceId.ToHexString());
            json.WriteString("spanId", activity.SpanId.ToHexString());
        }

        var ids = new Dictionary<string, object?>();
        scopes?.ForEachScope(
            static (scope, ids) =>
            {
                // The innermost scope wins.
                foreach (var (name, id) in scope as LogIds ?? [])
                {
                    ids[name] = id;
                }
            },
            ids
        );
        foreach (var (name, id) in ids)
        {
            json.WriteString(name, id?.ToString());
        }
    }

    private static void WriteFields(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>>? state)
    {
        if (state is not { Count: > 1 })
        {
            return;
        }

        json.WriteStartObject("fields");
        foreach (var (name, value) in state)
        {
            if (name == "{OriginalFormat}")
            {
                continue;
            }

            switch (value)
            {
                case bool isOn:
                    json.WriteBoolean(name, isOn);
                    break;
                case int number:
                    json.WriteNumber(name, number);
                    break;
                case long number:
                    json.WriteNumber(name, number);
                    break;
                default:
                    json.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }

        json.WriteEndObject();
    }

    private static string Level(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trace",
            LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            LogLevel.Error => "error",
            _ => "critical",
        };
}
