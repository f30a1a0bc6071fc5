using System.Globalization;
using System.Text.RegularExpressions;

namespace Portal.Model;

/// <summary>
/// What a client's color needs so that every text can be read (WCAG 2.2, contrast ratio): the text on it, and itself as
/// text on the widget's light and dark ground.
/// </summary>
/// <param name="White">Of white text on the color; at most 21.</param>
/// <param name="Dark">Of the widget's dark text on it.</param>
public sealed partial record Contrast(string Color, double White, double Dark)
{
    /// <summary>The minimum for text (WCAG 2.2, 1.4.3).</summary>
    public const double Enough = 4.5;

    /// <summary>The minimum for graphics (WCAG 2.2, 1.4.11).</summary>
    public const double EnoughToSee = 3;

    // The widget's dark text, and the darkest and lightest background of colored text.
    private const string Ink = "#16161A";
    private const string LightGround = "#F2F2EF";
    private const string DarkGround = "#24262C";

    [GeneratedRegex(@"^#[0-9a-fA-F]{6}\z")]
    private static partial Regex Hex { get; }

    public static bool IsColor(string? color) => color is not null && Hex.IsMatch(color);

    public static Contrast Of(string color) => new(color, Ratio(color, "#FFFFFF"), Ratio(color, Ink));

    /// <summary>What has to lie behind a picture of that tone for it to be seen on the ground; null: nothing.</summary>
    /// <param name="picture">Path of a picture, with the tone of what is drawn on a transparent ground.</param>
    public static string? Plate(string? picture, string ground) =>
        picture?.Split("?tone=") is [_, var tone]
        && $"#{tone}" is var color
        && IsColor(color)
        && Ratio(color, ground) < EnoughToSee
            ? Ratio(color, "#FFFFFF") > Ratio(color, Ink)
                ? "#FFFFFF"
                : Ink
            : null;

    public bool WritesWhite => White >= Enough;

    /// <summary>For some grays neither white nor our dark text is enough; pure black always is.</summary>
    public string TextColor =>
        WritesWhite ? "#FFFFFF"
        : Dark >= Enough ? Ink
        : "#000000";

    public double OfText => Ratio(Color, TextColor);

    /// <summary>
    /// The color as text on light backgrounds: itself, or the nearest darker shade with enough contrast.
    /// </summary>
    public string OnLight => Shade(LightGround, towards: 0);

    /// <summary>
    /// The color as text on dark backgrounds: itself, or the nearest lighter shade with enough contrast.
    /// </summary>
    public string OnDark => Shade(DarkGround, towards: 255);

    private string Shade(string ground, int towards)
    {
        var (r, g, b) = Channels(Color);
        var shade = Color;
        for (var share = 0.04; Ratio(shade, ground) < Enough; share += 0.04)
        {
            shade = $"#{Mixed(r, share):X2}{Mixed(g, share):X2}{Mixed(b, share):X2}";
        }

        return shade;

        int Mixed(int channel, double share) => (int)Math.Round(channel + ((towards - channel) * Math.Min(share, 1)));
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

    private static int Channel(ReadOnlySpan<char> hex) =>
        int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
