using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Portal.Hosting;

public enum LogFormat
{
    /// <summary>For people and for journald.</summary>
    Text,

    /// <summary>One JSON object per line, for collectors.</summary>
    Json,
}

/// <summary>Settings <c>Portal:Logs:…</c>.</summary>
public sealed class LogOptions
{
    /// <summary>
    /// <c>Text</c>, or <c>Json</c>: one object per line, with the ids of trace, client, widget and conversation.
    /// </summary>
    public LogFormat Format { get; set; }
}

public static class Logs
{
    // Whether systemd wants to be notified. AddSystemd looks for its process instead, which the portal's unit hides.
    private static bool IsSystemdWaiting => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));

    public static IServiceCollection AddLogs(this IServiceCollection services)
    {
        services.AddSettings<LogOptions>("Portal:Logs");
        if (IsSystemdWaiting)
        {
            services.AddSingleton<ISystemdNotifier, SystemdNotifier>().AddSingleton<IHostLifetime, SystemdLifetime>();
        }

        services.AddLogging(logging => logging.AddConsoleFormatter<JsonLogFormatter, ConsoleFormatterOptions>());
        services
            .AddOptions<ConsoleLoggerOptions>()
            .PostConfigure<IOptions<LogOptions>>(
                (console, logs) =>
                {
                    if (Format(logs) == LogFormat.Json)
                    {
                        console.FormatterName = JsonLogFormatter.FormatterName;
                    }
                    else if (IsSystemdWaiting)
                    {
                        console.FormatterName = ConsoleFormatterNames.Systemd;
                    }
                }
            );
        services.AddSingleton<RuntimeLogLevels>();
        services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>>(provider =>
            provider.GetRequiredService<RuntimeLogLevels>()
        );
        services.AddSingleton<IOptionsChangeTokenSource<LoggerFilterOptions>>(provider =>
            provider.GetRequiredService<RuntimeLogLevels>()
        );
        return services;
    }

    // Loggers are created before settings are validated: an invalid value is reported later, as text.
    private static LogFormat Format(IOptions<LogOptions> logs)
    {
        try
        {
            return logs.Value.Format;
        }
        catch (Exception error) when (Settings.SentencesOf(error) is not null)
        {
            return LogFormat.Text;
        }
    }
}
