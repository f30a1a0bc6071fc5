using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Portal.Chat;
using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>What a client may change about a widget's look, texts and websites, as its page sends it.</summary>
public sealed class WidgetForm
{
    public const int MaxSuggestions = 6;
    public const int SuggestionMaxLength = 80;

    /// <summary>The value of the colour choice that means: the one typed beside it.</summary>
    public const string OwnColor = "own";

    public static readonly IReadOnlyList<string> Swatches = ["#1F5D4C", "#2B50DC", "#7A1F63", "#B3472B", "#E8B23A", "#26272B"];

    public static readonly IReadOnlyDictionary<string, string> Languages = new Dictionary<string, string>
    {
        ["auto"] = "Same as the page",
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

    [Required(ErrorMessage = "Every widget needs a name. Only your team sees it.")]
    [StringLength(Model.Widget.NameMaxLength, ErrorMessage = "At most 60 letters.")]
    public string? Name { get; set; }

    [StringLength(60, ErrorMessage = "At most 60 letters.")]
    public string? Title { get; set; }

    [StringLength(80, ErrorMessage = "At most 80 letters.")]
    public string? Subtitle { get; set; }

    /// <summary>One of <see cref="Swatches"/>, or <see cref="OwnColor"/>.</summary>
    public string? Swatch { get; set; }

    public string? Color { get; set; }

    [AllowedValues("auto", "light", "dark", ErrorMessage = "Choose light, dark or auto.")]
    public string Theme { get; set; } = "auto";

    [AllowedValues("right", "left", ErrorMessage = "Choose a corner.")]
    public string Position { get; set; } = "right";

    [StringLength(500, ErrorMessage = "At most 500 letters.")]
    public string? FirstMessage { get; set; }

    /// <summary>One a line.</summary>
    public string? Suggestions { get; set; }

    [StringLength(500, ErrorMessage = "At most 500 letters.")]
    public string? Fallback { get; set; }

    [StringLength(80, ErrorMessage = "At most 80 letters.")]
    public string? Placeholder { get; set; }

    public string Language { get; set; } = "auto";

    public bool Feedback { get; set; }

    /// <summary>One a line.</summary>
    public string? Origins { get; set; }

    public string? PrivacyUrl { get; set; }

    /// <summary>The version that was on the screen, so that nobody overwrites what somebody else has just published.</summary>
    public int Version { get; set; }

    public string ChosenColor => (Swatch is { Length: > 0 } swatch && swatch != OwnColor ? swatch : Color?.Trim()) ?? "";

    public IReadOnlyList<string> SuggestionLines => Lines(Suggestions);

    public static WidgetForm Of(Widget widget) => new()
    {
        Name = widget.Name,
        Title = widget.Config.Texts.Title,
        Subtitle = widget.Config.Texts.Subtitle,
        Color = widget.Config.Look.Color,
        Swatch = Swatches.FirstOrDefault(swatch => swatch.Equals(widget.Config.Look.Color, StringComparison.OrdinalIgnoreCase)) ?? OwnColor,
        Theme = widget.Config.Look.Theme,
        Position = widget.Config.Look.Position,
        FirstMessage = widget.Config.Texts.FirstMessage,
        Suggestions = string.Join('\n', widget.Config.Texts.Suggestions),
        Fallback = widget.Config.Texts.Fallback,
        Placeholder = widget.Config.Texts.Placeholder,
        Language = widget.Config.Texts.Language,
        Feedback = widget.Config.Behaviour.Feedback,
        Origins = string.Join('\n', widget.Config.Security.Origins),
        PrivacyUrl = widget.Config.PrivacyUrl,
        Version = widget.Version,
    };

    /// <summary>The rules that attributes cannot say. Each broken one is a sentence beside its field.</summary>
    public void Check(ModelStateDictionary state)
    {
        if (!Contrast.IsColor(ChosenColor))
        {
            state.AddModelError(nameof(Color), "A colour is # and six digits, such as #1F5D4C.");
        }

        if (!Languages.ContainsKey(Language) && !LanguageTag(Language))
        {
            state.AddModelError(nameof(Language), "Choose one of the languages.");
        }

        if (SuggestionLines.Count > MaxSuggestions)
        {
            state.AddModelError(nameof(Suggestions), $"At most {MaxSuggestions} questions: visitors read the first few.");
        }
        else if (SuggestionLines.FirstOrDefault(line => line.Length > SuggestionMaxLength) is { } line)
        {
            state.AddModelError(nameof(Suggestions), $"“{VisitorText.Cut(line, 24)}…” is too long: at most {SuggestionMaxLength} letters each.");
        }

        if (AllowedOrigins.Parse(Origins).Error is { } error)
        {
            state.AddModelError(nameof(Origins), error);
        }

        if (PrivacyUrl is { Length: > 0 } && !(Uri.TryCreate(PrivacyUrl, UriKind.Absolute, out var url) && url.Scheme is "https" or "http"))
        {
            state.AddModelError(nameof(PrivacyUrl), "A full address that starts with https://, or nothing for the page we made for you.");
        }
    }

    /// <summary>The live config with what this form may change; the rest stays as it is.</summary>
    public WidgetConfig Apply(WidgetConfig live) => live with
    {
        Look = live.Look with { Color = ChosenColor.ToUpperInvariant(), Theme = Theme, Position = Position },
        Texts = live.Texts with
        {
            Title = Text(Title),
            Subtitle = Text(Subtitle),
            FirstMessage = Text(FirstMessage),
            Suggestions = SuggestionLines,
            Fallback = Text(Fallback),
            Placeholder = Text(Placeholder),
            Language = Language,
        },
        Behaviour = live.Behaviour with { Feedback = Feedback },
        Security = live.Security with { Origins = AllowedOrigins.Parse(Origins).Origins },
        PrivacyUrl = Text(PrivacyUrl),
    };

    private static string? Text(string? text) => VisitorText.Clean(text?.ReplaceLineEndings("\n")) is { Length: > 0 } clean ? clean : null;

    private static List<string> Lines(string? text) =>
        [.. VisitorText.Clean(text).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    // Written by hand into the config, perhaps for a language that we do not list.
    private static bool LanguageTag(string text) => text.Length is >= 2 and <= 35 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
