using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Portal.Hosting;

/// <summary>Log levels that can be changed while the portal runs; they override those of the settings.</summary>
public sealed class RuntimeLogLevels
    : IPostConfigureOptions<LoggerFilterOptions>,
        IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private volatile IReadOnlyDictionary<string, LogLevel> _levels = new Dictionary<string, LogLevel>();
    private CancellationTokenSource _change = new();

    /// <summary>By category; the settings apply to any other.</summary>
    public IReadOnlyDictionary<string, LogLevel> Current => _levels;

    string IOptionsChangeTokenSource<LoggerFilterOptions>.Name => Options.DefaultName;

    public void Apply(IReadOnlyDictionary<string, LogLevel> levels)
    {
        if (
            levels.Count == _levels.Count
            && levels.All(level => _levels.TryGetValue(level.Key, out var now) && now == level.Value)
        )
        {
            return;
        }

        _levels = levels;
        using var old = Interlocked.Exchange(ref _change, new CancellationTokenSource());
        old.Cancel();
    }

    IChangeToken IOptionsChangeTokenSource<LoggerFilterOptions>.GetChangeToken() =>
        new CancellationChangeToken(Volatile.Read(ref _change).Token);

    // Of several rules for the same category, the last one applies.
    void IPostConfigureOptions<LoggerFilterOptions>.PostConfigure(string? name, LoggerFilterOptions options)
    {
        foreach (var (category, level) in _levels)
        {
            options.Rules.Add(new LoggerFilterRule(null, category, level, null));
        }
    }
}
