using System.Globalization;
using Portal.Chat;
using Portal.Model;

namespace Portal.Pages.Widgets.Customize;

// From a widget's config, and back into it.
public sealed partial class WidgetForm
{
    public static WidgetForm Of(Widget widget)
    {
        var config = widget.Editing;
        var form = new WidgetForm
        {
            PrivacyUrl = config.PrivacyUrl,
            Prompt = config.Bot.Prompt,
            Personality = config.Bot.Personality,
            Turns = Text(config.Bot.History),
            KeepDays = Text(config.Retention.Days),
            Pictures = config.Look,
            EditVersion = WidgetEditVersion.Of(widget),
        };
        form.Show(config.Look);
        form.Show(config.Texts);
        form.Show(config.Behavior);
        form.Show(config.Security);
        return form;
    }

    private void Show(WidgetLook look)
    {
        Color = look.Color;
        Swatch = Swatches.FirstOrDefault(swatch => swatch.Equals(look.Color, StringComparison.OrdinalIgnoreCase))
            ?? OwnColor;
        Theme = look.Theme;
        Position = look.Position;
        OffsetX = Text(look.OffsetX);
        OffsetY = Text(look.OffsetY);
        Size = look.Size;
        Radius = Text(look.Radius);
        Font = look.Font;
    }

    private void Show(WidgetTexts texts)
    {
        Title = texts.Title;
        Subtitle = texts.Subtitle;
        FirstMessage = texts.FirstMessage;
        Suggestions = string.Join('\n', texts.Suggestions);
        Fallback = texts.Fallback;
        Placeholder = texts.Placeholder;
        AiNotice = texts.AiNotice;
        Language = texts.Language;
        Wording = texts.Strings.ToDictionary(own => own.Key, own => (string?)own.Value);
    }

    private void Show(WidgetBehavior behavior)
    {
        Feedback = behavior.Feedback;
        Comments = behavior.Comments;
        OpenAfter = Text(behavior.OpenAfter);
        Consent = behavior.Consent;
        SensitiveHint = behavior.SensitiveHint;
    }

    private void Show(WidgetSecurity security)
    {
        Origins = string.Join('\n', security.Origins);
        PageQuery = security.PageQuery;
        PerMinute = Text(security.Limits.MessagesPerMinute);
        PerDay = Text(security.Limits.MessagesPerDay);
    }

    /// <summary>What was being edited, with what this form may change; the rest stays as it is.</summary>
    public WidgetConfig Apply(WidgetConfig edited) =>
        edited with
        {
            Look = Apply(edited.Look),
            Texts = Apply(edited.Texts),
            Behavior = Apply(edited.Behavior),
            Bot = edited.Bot with
            {
                Prompt = Clean(Prompt),
                Personality = Clean(Personality),
                History = Number(Turns) ?? edited.Bot.History,
            },
            Security = Apply(edited.Security),
            Retention = edited.Retention with { Days = Number(KeepDays) },
            PrivacyUrl = Clean(PrivacyUrl),
        };

    private WidgetLook Apply(WidgetLook look) =>
        look with
        {
            Color = ChosenColor.ToUpperInvariant(),
            Theme = Theme,
            Position = Position,
            OffsetX = Number(OffsetX) ?? look.OffsetX,
            OffsetY = Number(OffsetY) ?? look.OffsetY,
            Size = Size,
            Radius = Number(Radius) ?? look.Radius,
            Font = Font,
        };

    private WidgetTexts Apply(WidgetTexts texts) =>
        texts with
        {
            Title = Clean(Title),
            Subtitle = Clean(Subtitle),
            FirstMessage = Clean(FirstMessage),
            Suggestions = SuggestionLines,
            Fallback = Clean(Fallback),
            Placeholder = Clean(Placeholder),
            AiNotice = Clean(AiNotice),
            Language = Language,
            // What the page did not ask for stays.
            Strings = texts
                .Strings.Where(own => !Wording.ContainsKey(own.Key))
                .Select(own => (own.Key, Value: (string?)own.Value))
                .Concat(Wording.Select(own => (own.Key, Value: Clean(own.Value))))
                .Where(own => own.Value is not null)
                .ToDictionary(own => own.Key, own => own.Value!),
        };

    private WidgetBehavior Apply(WidgetBehavior behavior) =>
        behavior with
        {
            Feedback = Feedback,
            Comments = Comments,
            OpenAfter = Number(OpenAfter),
            Consent = Consent,
            SensitiveHint = SensitiveHint,
        };

    private WidgetSecurity Apply(WidgetSecurity security) =>
        security with
        {
            Origins = WebOrigin.Parse(Origins).Origins,
            PageQuery = PageQuery,
            Limits = security.Limits with { MessagesPerMinute = Number(PerMinute), MessagesPerDay = Number(PerDay) },
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
