using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Portal.Model;

namespace Portal.Pages.Widgets.Customize;

/// <summary>
/// What a client may change about a widget, as its page sends it. Numbers are kept as they were typed, so that a wrong
/// one comes back.
/// </summary>
public sealed partial class WidgetForm
{
    /// <summary>The value of the color choice that means: the one typed beside it.</summary>
    public const string OwnColor = "own";

    public static readonly IReadOnlyList<string> Swatches =
    [
        "#1F5D4C",
        "#2B50DC",
        "#7A1F63",
        "#B3472B",
        "#E8B23A",
        "#26272B",
    ];

    public static readonly IReadOnlyDictionary<string, string> Languages = new Dictionary<string, string>
    {
        ["auto"] = "Match the page",
        ["en"] = "English",
        ["de"] = "Deutsch",
        ["fr"] = "Français",
        ["es"] = "Español",
        ["pt"] = "Português",
        ["it"] = "Italiano",
        ["nl"] = "Nederlands",
        ["pl"] = "Polski",
        ["tr"] = "Türkçe",
        ["ar"] = "العربية",
        ["ja"] = "日本語",
        ["zh"] = "中文",
    };

    [StringLength(60, ErrorMessage = "Up to 60 characters.")]
    public string? Title { get; set; }

    [StringLength(80, ErrorMessage = "Up to 80 characters.")]
    public string? Subtitle { get; set; }

    /// <summary>One of <see cref="Swatches"/>, or <see cref="OwnColor"/>.</summary>
    public string? Swatch { get; set; }

    public string? Color { get; set; }
    public string Theme { get; set; } = "auto";
    public string Position { get; set; } = "right";
    public string? OffsetX { get; set; }
    public string? OffsetY { get; set; }
    public string Size { get; set; } = "regular";
    public string? Radius { get; set; }
    public string Font { get; set; } = "inherit";

    [StringLength(500, ErrorMessage = "Up to 500 characters.")]
    public string? FirstMessage { get; set; }

    /// <summary>One a line.</summary>
    public string? Suggestions { get; set; }

    [StringLength(500, ErrorMessage = "Up to 500 characters.")]
    public string? Fallback { get; set; }

    [StringLength(80, ErrorMessage = "Up to 80 characters.")]
    public string? Placeholder { get; set; }

    [StringLength(200, ErrorMessage = "Up to 200 characters.")]
    public string? AiNotice { get; set; }

    public string Language { get; set; } = "auto";

    /// <summary>
    /// The client's own words in place of the widget's, by the names of <see cref="Web.WidgetFiles.Strings"/>; empty:
    /// the widget's.
    /// </summary>
    public Dictionary<string, string?> Wording { get; set; } = [];

    public bool Feedback { get; set; }
    public bool Comments { get; set; }

    /// <summary>Seconds; empty: it waits to be opened.</summary>
    public string? OpenAfter { get; set; }

    public bool Consent { get; set; }
    public bool SensitiveHint { get; set; }
    public string? PrivacyUrl { get; set; }

    [StringLength(8000, ErrorMessage = "Up to 8,000 characters. Put longer prompts in the workflow.")]
    public string? Prompt { get; set; }

    [StringLength(1000, ErrorMessage = "Up to 1,000 characters.")]
    public string? Personality { get; set; }

    public string? Turns { get; set; }

    /// <summary>One a line.</summary>
    public string? Origins { get; set; }

    public bool PageQuery { get; set; }
    public string? PerMinute { get; set; }
    public string? PerDay { get; set; }

    /// <summary>Days; empty: kept.</summary>
    public string? KeepDays { get; set; }

    /// <summary>The version and draft that this shows; see <see cref="Web.ConcurrentEdits"/>.</summary>
    [BindNever]
    public string EditVersion { get; set; } = "";

    /// <summary>Its pictures, which have forms of their own.</summary>
    [BindNever]
    public WidgetLook Pictures { get; set; } = new();

    public string ChosenColor =>
        (Swatch is { Length: > 0 } swatch && swatch != OwnColor ? swatch : Color?.Trim()) ?? "";

    public IReadOnlyList<string> SuggestionLines => Lines(Suggestions);
}
