namespace Portal.Model;

/// <summary>
/// Analytics of the messages of a time span. Previews and tests are excluded, and so are demos, unless one is
/// requested.
/// </summary>
/// <param name="Rated">Answers that said how sure they were; <paramref name="ConfidenceSum"/> is theirs, and <paramref
/// name="Unsure"/> of them were below 0.5.</param>
/// <param name="MedianMs">Half of the answers took less.</param>
/// <param name="SlowMs">Nineteen of twenty answers took less.</param>
/// <param name="Widgets">Those that were asked; <paramref name="WidgetMessages"/> says in the same order how often,
/// demos included.</param>
public sealed record MessageFigures(
    int Messages,
    int Conversations,
    int Answered,
    int Failed,
    double ConfidenceSum,
    int Rated,
    int Unsure,
    int Up,
    int Down,
    int? MedianMs,
    int? SlowMs,
    Guid[] Widgets,
    int[] WidgetMessages
)
{
    public double? AnsweredShare => Answered + Failed == 0 ? null : 100d * Answered / (Answered + Failed);

    public IReadOnlyDictionary<Guid, int> ByWidget => Widgets.Zip(WidgetMessages).ToDictionary();

    public double? HelpfulShare => Up + Down == 0 ? null : 100d * Up / (Up + Down);
}
