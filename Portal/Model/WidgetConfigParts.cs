using System.Text.RegularExpressions;

namespace Portal.Model;

// The parts of a config. A value out of range becomes the nearest valid one; an unknown word becomes the default. An
// invalid limit or number of days means none: deleting by the nearest number would delete what nobody wanted to delete.
public sealed partial record WidgetLook
{
    public const int MaxRadius = 28;
    public const int MaxOffset = 200;

    public static readonly IReadOnlyList<string> Themes = ["light", "dark", "auto"];
    public static readonly IReadOnlyList<string> Positions = ["left", "right"];
    public static readonly IReadOnlyList<string> Sizes = ["compact", "regular", "large"];
    public static readonly IReadOnlyList<string> Fonts = ["inherit", "system"];

    [GeneratedRegex(@"^/api/widgets/[0-9a-f-]{36}/images/[0-9a-f]{64}\.webp(\?tone=[0-9A-F]{6})?\z")]
    private static partial Regex OurImage { get; }

    /// <summary>The client's color, <c>#RRGGBB</c>.</summary>
    public string Color
    {
        get;
        init => field = Contrast.IsColor(value) ? value : "#2B50DC";
    } = "#2B50DC";

    /// <summary><c>auto</c> follows the visitor's device; <c>light</c> or <c>dark</c>.</summary>
    public string Theme
    {
        get;
        init => field = Themes.Contains(value) ? value : "auto";
    } = "auto";

    /// <summary>The corner of the page: <c>right</c> or <c>left</c>.</summary>
    public string Position
    {
        get;
        init => field = Positions.Contains(value) ? value : "right";
    } = "right";

    /// <summary>How round the panel's corners are, in px.</summary>
    public int Radius
    {
        get;
        init => field = Math.Clamp(value, 0, MaxRadius);
    } = 16;

    /// <summary>Of panel and launcher: <c>compact</c>, <c>regular</c> or <c>large</c>.</summary>
    public string Size
    {
        get;
        init => field = Sizes.Contains(value) ? value : "regular";
    } = "regular";

    /// <summary>From the side edge of the page to the launcher, in px.</summary>
    public int OffsetX
    {
        get;
        init => field = Math.Clamp(value, 0, MaxOffset);
    } = 20;

    /// <summary>From the bottom edge of the page to the launcher, in px.</summary>
    public int OffsetY
    {
        get;
        init => field = Math.Clamp(value, 0, MaxOffset);
    } = 20;

    /// <summary><c>inherit</c>, the page's own, or <c>system</c>, the device's.</summary>
    public string Font
    {
        get;
        init => field = Fonts.Contains(value) ? value : "inherit";
    } = "inherit";

    /// <summary>
    /// The picture above the greeting: a path of a picture kept by the portal. Other addresses are ignored, so that a
    /// widget calls nobody but us. Its <c>tone</c> is the color of what is drawn on a transparent background.
    /// </summary>
    public string? Logo
    {
        get;
        init => field = Ours(value);
    }

    /// <summary>The bot's picture in the header, stored like <see cref="Logo"/>.</summary>
    public string? Avatar
    {
        get;
        init => field = Ours(value);
    }

    private static string? Ours(string? path) => path is not null && OurImage.IsMatch(path) ? path : null;
}

public sealed record WidgetTexts
{
    /// <summary>Title in the header; null means the widget's own name.</summary>
    public string? Title { get; init; }

    public string? Subtitle { get; init; }

    /// <summary>The welcome message; null means a greeting in the visitor's language.</summary>
    public string? FirstMessage { get; init; }

    public string? Placeholder { get; init; }
    public IReadOnlyList<string> Suggestions
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>The fallback message; null means a sentence in the visitor's language.</summary>
    public string? Fallback { get; init; }

    /// <summary>Added to the statement that an AI answers, which is fixed.</summary>
    public string? AiNotice { get; init; }

    /// <summary>A language tag, or <c>auto</c> for the page's own.</summary>
    public string Language
    {
        get;
        init => field = value ?? "auto";
    } = "auto";

    /// <summary>
    /// Custom labels in place of the widget's built-in strings, by the names of <see cref="Web.WidgetFiles.Strings"/>;
    /// others are ignored.
    /// </summary>
    public IReadOnlyDictionary<string, string> Strings
    {
        get;
        init => field = value ?? new Dictionary<string, string>();
    } = new Dictionary<string, string>();
}

public sealed record WidgetBehavior
{
    public const int MaxOpenAfter = 120;

    /// <summary>Whether visitors may rate an answer.</summary>
    public bool Feedback { get; init; } = true;

    /// <summary>Whether a thumbs-down asks for a comment.</summary>
    public bool Comments { get; init; } = true;

    /// <summary>
    /// Opens by itself after this many seconds, until the visitor has used or closed it; null: never.
    /// </summary>
    public int? OpenAfter
    {
        get;
        init => field = value is { } seconds ? Math.Clamp(seconds, 1, MaxOpenAfter) : null;
    }

    /// <summary>Whether visitors agree before their first message.</summary>
    public bool Consent { get; init; }

    /// <summary>Whether visitors are asked to leave out passwords, card numbers and the like.</summary>
    public bool SensitiveHint { get; init; }
}

public sealed record WidgetBot
{
    public const int MaxHistory = 50;

    public string? Prompt { get; init; }
    public string? Personality { get; init; }

    /// <summary>How many previous turns are sent with a question.</summary>
    public int History
    {
        get;
        init => field = Math.Clamp(value, 0, MaxHistory);
    } = 10;
}

public sealed record WidgetSecurity
{
    /// <summary>
    /// Websites that may show the widget, as origins (<c>https://www.example.com</c>). Empty means any.
    /// </summary>
    public IReadOnlyList<string> Origins
    {
        get;
        init => field = value ?? [];
    } = [];

    public WidgetLimits Limits
    {
        get;
        init => field = value ?? new();
    } = new();

    /// <summary>
    /// Whether page addresses are stored and sent with their query (<c>?product=7</c>). It may contain personal data,
    /// so the default is no.
    /// </summary>
    public bool PageQuery { get; init; }
}

/// <summary>The client's own limits. They apply in addition to the operator's.</summary>
public sealed record WidgetLimits
{
    public const int MaxPerMinute = 60;
    public const int MaxPerDay = 1_000_000;

    /// <summary>Of one visitor.</summary>
    public int? MessagesPerMinute
    {
        get;
        init => field = value is >= 1 ? Math.Min(value.Value, MaxPerMinute) : null;
    }

    /// <summary>Of all visitors together.</summary>
    public int? MessagesPerDay
    {
        get;
        init => field = value is >= 1 ? Math.Min(value.Value, MaxPerDay) : null;
    }
}

public sealed record WidgetRetention
{
    public const int MaxDays = 3650;

    /// <summary>Messages are deleted after so many days; null: they are kept.</summary>
    public int? Days
    {
        get;
        init => field = value is >= 1 and <= MaxDays ? value : null;
    }
}
