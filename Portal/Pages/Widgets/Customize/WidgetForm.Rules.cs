using Microsoft.AspNetCore.Mvc.ModelBinding;
using Portal.Chat;
using Portal.Model;

namespace Portal.Pages.Widgets.Customize;

// The rules that attributes cannot express. Each broken one adds an error to its field.
public sealed partial class WidgetForm
{
    public const int MaxSuggestions = 6;
    public const int SuggestionMaxLength = 80;
    public const int WordingMaxLength = 200;
    private const int MaxWordings = 100;

    public void Check(ModelStateDictionary state)
    {
        if (!Contrast.IsColor(ChosenColor))
        {
            state.AddModelError(nameof(Color), "Enter a hex color such as #1F5D4C.");
        }

        OneOf(state, nameof(Theme), Theme, WidgetLook.Themes, "Choose light, dark or auto.");
        OneOf(state, nameof(Position), Position, WidgetLook.Positions, "Choose a position.");
        OneOf(state, nameof(Size), Size, WidgetLook.Sizes, "Choose compact, regular or large.");
        OneOf(state, nameof(Font), Font, WidgetLook.Fonts, "Choose a font from the list.");
        Within(state, nameof(OffsetX), OffsetX, 0, WidgetLook.MaxOffset);
        Within(state, nameof(OffsetY), OffsetY, 0, WidgetLook.MaxOffset);
        Within(state, nameof(Radius), Radius, 0, WidgetLook.MaxRadius);
        Within(state, nameof(OpenAfter), OpenAfter, 1, WidgetBehavior.MaxOpenAfter, "to disable");
        Within(state, nameof(Turns), Turns, 0, WidgetBot.MaxHistory);
        Within(state, nameof(PerMinute), PerMinute, 1, WidgetLimits.MaxPerMinute, "for the portal default");
        Within(state, nameof(PerDay), PerDay, 1, WidgetLimits.MaxPerDay, "for the portal default");
        Within(state, nameof(KeepDays), KeepDays, 1, WidgetRetention.MaxDays, "to keep conversations forever");
        if (!Languages.ContainsKey(Language) && !IsLanguageTag(Language))
        {
            state.AddModelError(nameof(Language), "Choose a language from the list.");
        }

        CheckSuggestions(state);
        CheckWording(state);
        if (WebOrigin.Parse(Origins).Error is { } error)
        {
            state.AddModelError(nameof(Origins), error);
        }

        if (
            PrivacyUrl is { Length: > 0 }
            && !(
                PrivacyUrl.Length <= 2048
                && Uri.TryCreate(PrivacyUrl, UriKind.Absolute, out var url)
                && url.Scheme is "https" or "http"
            )
        )
        {
            state.AddModelError(
                nameof(PrivacyUrl),
                "Enter a full URL that starts with https://, or leave it empty to use our generated page."
            );
        }
    }

    private void CheckSuggestions(ModelStateDictionary state)
    {
        if (SuggestionLines.Count > MaxSuggestions)
        {
            state.AddModelError(nameof(Suggestions), $"Add up to {MaxSuggestions} questions.");
        }
        else if (SuggestionLines.FirstOrDefault(line => line.Length > SuggestionMaxLength) is { } line)
        {
            state.AddModelError(
                nameof(Suggestions),
                $"“{VisitorText.Cut(line, 24)}…” is too long. Use up to {SuggestionMaxLength} characters per question."
            );
        }
    }

    private void CheckWording(ModelStateDictionary state)
    {
        foreach (var (name, own) in Wording)
        {
            if (own?.Length > WordingMaxLength)
            {
                state.AddModelError($"{nameof(Wording)}[{name}]", $"Up to {WordingMaxLength} characters.");
            }
        }

        // The page's own fields cannot cause this.
        if (Wording.Count > MaxWordings || Wording.Keys.Any(name => name.Length > 40))
        {
            state.AddModelError(nameof(Wording), "These labels are unknown. Reload the page.");
        }
    }

    private static void OneOf(
        ModelStateDictionary state,
        string field,
        string value,
        IReadOnlyList<string> choices,
        string sentence
    )
    {
        if (!choices.Contains(value))
        {
            state.AddModelError(field, sentence);
        }
    }

    /// <param name="ifEmpty">What leaving it empty is for; without it, a number there must be.</param>
    private static void Within(
        ModelStateDictionary state,
        string field,
        string? typed,
        int least,
        int most,
        string? ifEmpty = null
    )
    {
        if (
            string.IsNullOrWhiteSpace(typed)
                ? ifEmpty is null
                : Number(typed) is not { } number || number < least || number > most
        )
        {
            state.AddModelError(
                field,
                $"Enter a whole number from {least:N0} to {most:N0}{(ifEmpty is null ? "" : $", or leave it empty {ifEmpty}")}."
            );
        }
    }

    // Written into the config by hand, perhaps for a language that we do not list.
    private static bool IsLanguageTag(string text) =>
        text.Length is >= 2 and <= 35 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
