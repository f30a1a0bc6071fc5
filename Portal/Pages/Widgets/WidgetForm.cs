using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Portal.Chat;
using Portal.Model;

namespace Portal.Pages.Widgets;

/// <summary>The form for a widget's config. Numbers are kept as they were typed, so that a wrong one is shown again.</summary>
public sealed partial class WidgetForm
{
    /// <summary>The value of the color choice that means the color in the text field.</summary>
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

    /// <summary>Custom labels, by the names of <see cref="Web.WidgetFiles.Strings"/>; empty: the built-in label.</summary>
    public Dictionary<string, string?> Wording { get; set; } = [];

    public bool Feedback { get; set; }
    public bool Comments { get; set; }

    /// <summary>Seconds; empty: never opens by itself.</summary>
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

    /// <summary>Days; empty: kept forever.</summary>
    public string? KeepDays { get; set; }

    /// <summary>The version and draft that the form shows; see <see cref="Web.ConcurrentEdits"/>.</summary>
    [BindNever]
    public string EditVersion { get; set; } = "";

    /// <summary>Its pictures, which have forms of their own.</summary>
    [BindNever]
    public WidgetLook Pictures { get; set; } = new();

    public string ChosenColor =>
        (Swatch is { Length: > 0 } swatch && swatch != OwnColor ? swatch : Color?.Trim()) ?? "";

    public IReadOnlyList<string> SuggestionLines => Lines(Suggestions);

    public static WidgetForm Of(Widget widget)
    {
        var (config, look, texts, behavior) = (
            widget.Editing,
            widget.Editing.Look,
            widget.Editing.Texts,
            widget.Editing.Behavior
        );
        return new()
        {
            Title = texts.Title,
            Subtitle = texts.Subtitle,
            Color = look.Color,
            Swatch = Swatches.FirstOrDefault(swatch => swatch.Equals(look.Color, StringComparison.OrdinalIgnoreCase))
                ?? OwnColor,
            Theme = look.Theme,
            Position = look.Position,
            OffsetX = Text(look.OffsetX),
            OffsetY = Text(look.OffsetY),
            Size = look.Size,
            Radius = Text(look.Radius),
            Font = look.Font,
            FirstMessage = texts.FirstMessage,
            Suggestions = string.Join('\n', texts.Suggestions),
            Fallback = texts.Fallback,
            Placeholder = texts.Placeholder,
            AiNotice = texts.AiNotice,
            Language = texts.Language,
            Wording = texts.Strings.ToDictionary(own => own.Key, own => (string?)own.Value),
            Feedback = behavior.Feedback,
            Comments = behavior.Comments,
            OpenAfter = Text(behavior.OpenAfter),
            Consent = behavior.Consent,
            SensitiveHint = behavior.SensitiveHint,
            PrivacyUrl = config.PrivacyUrl,
            Prompt = config.Bot.Prompt,
            Personality = config.Bot.Personality,
            Turns = Text(config.Bot.History),
            Origins = string.Join('\n', config.Security.Origins),
            PageQuery = config.Security.PageQuery,
            PerMinute = Text(config.Security.Limits.MessagesPerMinute),
            PerDay = Text(config.Security.Limits.MessagesPerDay),
            KeepDays = Text(config.Retention.Days),
            Pictures = look,
            EditVersion = EditVersionOf(widget),
        };
    }

    /// <summary>The config being edited, with the form's values; everything else is unchanged.</summary>
    public WidgetConfig Apply(WidgetConfig edited) =>
        edited with
        {
            Look = edited.Look with
            {
                Color = ChosenColor.ToUpperInvariant(),
                Theme = Theme,
                Position = Position,
                OffsetX = Number(OffsetX) ?? edited.Look.OffsetX,
                OffsetY = Number(OffsetY) ?? edited.Look.OffsetY,
                Size = Size,
                Radius = Number(Radius) ?? edited.Look.Radius,
                Font = Font,
            },
            Texts = edited.Texts with
            {
                Title = Clean(Title),
                Subtitle = Clean(Subtitle),
                FirstMessage = Clean(FirstMessage),
                Suggestions = SuggestionLines,
                Fallback = Clean(Fallback),
                Placeholder = Clean(Placeholder),
                AiNotice = Clean(AiNotice),
                Language = Language,
                // Settings that the page does not show are kept.
                Strings = edited
                    .Texts.Strings.Where(own => !Wording.ContainsKey(own.Key))
                    .Select(own => (own.Key, Value: (string?)own.Value))
                    .Concat(Wording.Select(own => (own.Key, Value: Clean(own.Value))))
                    .Where(own => own.Value is not null)
                    .ToDictionary(own => own.Key, own => own.Value!),
            },
            Behavior = edited.Behavior with
            {
                Feedback = Feedback,
                Comments = Comments,
                OpenAfter = Number(OpenAfter),
                Consent = Consent,
                SensitiveHint = SensitiveHint,
            },
            Bot = edited.Bot with
            {
                Prompt = Clean(Prompt),
                Personality = Clean(Personality),
                History = Number(Turns) ?? edited.Bot.History,
            },
            Security = edited.Security with
            {
                Origins = AllowedOrigins.Parse(Origins).Origins,
                PageQuery = PageQuery,
                Limits = edited.Security.Limits with
                {
                    MessagesPerMinute = Number(PerMinute),
                    MessagesPerDay = Number(PerDay),
                },
            },
            Retention = edited.Retention with { Days = Number(KeepDays) },
            PrivacyUrl = Clean(PrivacyUrl),
        };

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static int? Number(string? text) =>
        int.TryParse(
            text,
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;

    private static string? Clean(string? text) =>
        VisitorText.Clean(text?.ReplaceLineEndings("\n")) is { Length: > 0 } clean ? clean : null;

    private static List<string> Lines(string? text) =>
        [
            .. VisitorText
                .Clean(text)
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
        ];
}
