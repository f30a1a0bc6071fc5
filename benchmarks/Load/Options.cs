using Portal.Hosting;
using Portal.Model;

namespace Load;

/// <summary>
/// The command line: <c>--quick</c>, <c>--rounds=3</c>, <c>--length=5</c>, <c>--set=NAME=VALUE</c>,
/// <c>--only=throughput,paced</c>, <c>--visitors=1,64</c>, <c>--results=FILE</c>, <c>--crashes=200</c>,
/// <c>--minutes=60</c>. The soak takes an hour and runs only when it is named.
/// </summary>
internal sealed class Options
{
    public Options(string[] args)
    {
        foreach (var argument in args)
        {
            switch (argument.TrimStart('-').Split('=', 2))
            {
                case ["quick"]:
                    (IsQuick, Rounds, Crashes) = (true, 1, 8);
                    break;
                case ["rounds", var rounds]:
                    Rounds = int.Parse(rounds, System.Globalization.CultureInfo.InvariantCulture);
                    break;
                case ["crashes", var crashes]:
                    Crashes = int.Parse(crashes, System.Globalization.CultureInfo.InvariantCulture);
                    break;
                case ["minutes", var minutes]:
                    Soak = TimeSpan.FromMinutes(
                        double.Parse(minutes, System.Globalization.CultureInfo.InvariantCulture)
                    );
                    break;
                case ["length", var seconds]:
                    Length = TimeSpan.FromSeconds(
                        double.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture)
                    );
                    break;
                case ["set", var setting] when setting.Split('=', 2) is [var name, var value]:
                    Settings.Add((name, value));
                    break;
                case ["only", var names]:
                    Only = names.Split(',');
                    break;
                case ["visitors", var counts]:
                    Visitors =
                    [
                        .. counts
                            .Split(',')
                            .Select(count => int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)),
                    ];
                    break;
                case ["results", var file]:
                    Results = file;
                    break;
                default:
                    throw new ArgumentException(
                        $"{argument} is not known. There are --quick, --rounds=N, --length=SECONDS, --set=NAME=VALUE, --only=NAME,NAME, --visitors=N,N, --crashes=N, --minutes=N and --results=FILE."
                    );
            }
        }
    }

    public bool IsQuick { get; }
    public int Rounds { get; } = 3;

    /// <summary>Of each round at full speed, when it shall be another than usual: longer for a profiler.</summary>
    public TimeSpan? Length { get; }

    /// <summary>Environment variables of the portal alone: what does a setting do?</summary>
    public List<(string Name, string Value)> Settings { get; } = [];

    public int Crashes { get; } = 24;
    public TimeSpan Soak { get; } = TimeSpan.FromHours(1);
    public int[] Visitors { get; } = [1, 16, 64, 256];
    public string[]? Only { get; }
    public string? Results { get; }

    public bool Wants(string scenario) => Only?.Contains(scenario) ?? scenario != "soak";

    /// <summary>So many seconds, or the few of a quick run.</summary>
    public TimeSpan Seconds(double whole, double quick) => TimeSpan.FromSeconds(IsQuick ? quick : whole);
}
