using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Analytics;

/// <summary>Analytics of one day, over the selected widgets.</summary>
/// <param name="Answered">With <paramref name="Failed"/> not all of <paramref name="Chats"/>: what was stopped, empty
/// or is on its way is neither.</param>
/// <param name="ConfidenceSum">Of the answers that carried one.</param>
public sealed record DayFigures(
    DateOnly Date,
    int Chats,
    int Conversations,
    int Answered,
    int Failed,
    double ConfidenceSum,
    int Rated,
    int Unsure,
    int Up,
    int Down
)
{
    public static readonly DayFigures Nothing = new(default, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public static DayFigures Of(DateOnly date, MessageFigures figures) =>
        new(
            date,
            figures.Messages,
            figures.Conversations,
            figures.Answered,
            figures.Failed,
            figures.ConfidenceSum,
            figures.Rated,
            figures.Unsure,
            figures.Up,
            figures.Down
        );

    public double? Confidence => Rated == 0 ? null : ConfidenceSum / Rated;

    public double? AnsweredShare => Answered + Failed == 0 ? null : 100d * Answered / (Answered + Failed);

    public double? HelpfulShare => Up + Down == 0 ? null : 100d * Up / (Up + Down);

    public static DayFigures operator +(DayFigures a, DayFigures b) =>
        new(
            a.Date,
            a.Chats + b.Chats,
            a.Conversations + b.Conversations,
            a.Answered + b.Answered,
            a.Failed + b.Failed,
            a.ConfidenceSum + b.ConfidenceSum,
            a.Rated + b.Rated,
            a.Unsure + b.Unsure,
            a.Up + b.Up,
            a.Down + b.Down
        );
}

/// <summary>
/// Analytics of a period, one row per day, including days without messages. Today is counted from the messages
/// themselves.
/// </summary>
public sealed record Figures(IReadOnlyList<DayFigures> Days)
{
    public DayFigures Total { get; } = Days.Aggregate(DayFigures.Nothing, (sum, day) => sum + day);

    /// <param name="widget">Null: all that are no demos.</param>
    /// <param name="ofToday">When it is known already.</param>
    public static async Task<Figures> OfAsync(
        PortalDb db,
        Guid? widget,
        DateOnly first,
        DateOnly last,
        ClientDay today,
        CancellationToken cancellationToken,
        MessageFigures? ofToday = null
    )
    {
        // A row that somebody wrote by hand has an average without a number of answers, so it counts for all. The total
        // over all widgets excludes demos; a widget that is being deleted still counts.
        var demos = db
            .Widgets.IgnoreQueryFilters([PortalDb.DeletedFilter])
            .Where(w => w.IsDemo == true)
            .Select(w => w.Id);
        var days = await db
            .Analytics.Where(a =>
                a.Date >= first
                && a.Date <= last
                && a.Date != today.Date
                && (widget == null ? !demos.Contains(a.WidgetId) : a.WidgetId == widget)
            )
            .GroupBy(a => a.Date)
            .Select(day => new DayFigures(
                day.Key,
                day.Sum(a => a.NumChats ?? 0),
                day.Sum(a => a.NumConversations),
                day.Sum(a => a.NumAnswered ?? ((a.NumChats ?? 0) - a.NumFailed)),
                day.Sum(a => a.NumFailed),
                day.Sum(a =>
                    (a.AvgConfidence ?? 0)
                    * (
                        a.NumConfidence > 0 ? a.NumConfidence
                        : a.AvgConfidence > 0 ? a.NumChats ?? 0
                        : 0
                    )
                ),
                day.Sum(a =>
                    a.NumConfidence > 0 ? a.NumConfidence
                    : a.AvgConfidence > 0 ? a.NumChats ?? 0
                    : 0
                ),
                day.Sum(a => a.NumUnsure),
                day.Sum(a => a.PositiveFeedback ?? 0),
                day.Sum(a => a.NegativeFeedback ?? 0)
            ))
            .ToDictionaryAsync(day => day.Date, cancellationToken);
        if (last >= today.Date)
        {
            days[today.Date] = DayFigures.Of(
                today.Date,
                ofToday ?? await db.MessageFigures(widget, today.From, today.Until).SingleAsync(cancellationToken)
            );
        }

        return new([
            .. Enumerable
                .Range(0, last.DayNumber - first.DayNumber + 1)
                .Select(first.AddDays)
                .Select(date => days.GetValueOrDefault(date, DayFigures.Nothing) with { Date = date }),
        ]);
    }
}
