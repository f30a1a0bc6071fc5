using System.Globalization;
using System.Text.RegularExpressions;

namespace Portal.Model;

/// <summary>How well text reads on a client's colour (WCAG 2.2, contrast ratio), by the widget's own rule for its text.</summary>
public sealed partial record Contrast(string Color, double White, double Dark)
{
    /// <summary>What ordinary text needs (WCAG 2.2, 1.4.3).</summary>
    public const double Enough = 4.5;

    // The widget's dark text.
    private const string Ink = "#16161A";

    [GeneratedRegex(@"^#[0-9a-fA-F]{6}\z")]
    private static partial Regex Hex { get; }

    public static bool IsColor(string? color) => color is not null && Hex.IsMatch(color);

    public static Contrast Of(string color) => new(color, Ratio(color, "#FFFFFF"), Ratio(color, Ink));

    public bool WritesWhite => White >= Enough;

    public bool ReadsWell => WritesWhite || Dark >= Enough;

    public string TextColor => WritesWhite || Dark < White ? "#FFFFFF" : Ink;

    /// <summary>The nearest darker shade that carries white text.</summary>
    public string Darker()
    {
        var (r, g, b) = Channels(Color);
        for (var share = 0.98; share > 0; share -= 0.02)
        {
            var shade = $"#{(int)(r * share):X2}{(int)(g * share):X2}{(int)(b * share):X2}";
            if (Ratio(shade, "#FFFFFF") >= Enough)
            {
                return shade;
            }
        }

        return Ink;
    }

    private static double Ratio(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string color)
    {
        var (r, g, b) = Channels(color);
        return (0.2126 * Linear(r)) + (0.7152 * Linear(g)) + (0.0722 * Linear(b));
    }

    private static double Linear(int channel)
    {
        var share = channel / 255d;
        return share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4);
    }

    private static (int R, int G, int B) Channels(string color) =>
        (Channel(color.AsSpan(1, 2)), Channel(color.AsSpan(3, 2)), Channel(color.AsSpan(5, 2)));

    private static int Channel(ReadOnlySpan<char> hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
