using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Portal.Model;

namespace Portal.Pages.Analytics;

/// <summary>The days and the widget that are shown. All of it is in the query string.</summary>
public sealed record Period
{
    public const int MaxDays = 366;

    private static readonly DateOnly s_earliest = new(2000, 1, 1);
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-GB");

    /// <summary>That many days up to today, unless <see cref="From"/> and <see cref="To"/> say otherwise.</summary>
    [FromQuery(Name = "days")]
    public int? Days { get; init; }

    [FromQuery(Name = "from")]
    public DateOnly? From { get; init; }

    [FromQuery(Name = "to")]
    public DateOnly? To { get; init; }

    [FromQuery(Name = "widget")]
    public Guid? Widget { get; init; }

    public bool IsChosen => From is not null || To is not null;

    /// <summary>First and last day. Never after today, never more than <see cref="MaxDays"/>.</summary>
    public (DateOnly First, DateOnly Last) Of(ClientDay today)
    {
        var last = Between(s_earliest, To ?? today.Date, today.Date);
        var first = From ?? last.AddDays(1 - Math.Clamp(Days ?? 30, 1, MaxDays));
        return (Between(last.AddDays(1 - MaxDays), first, last), last);
    }

    private static DateOnly Between(DateOnly first, DateOnly date, DateOnly last) =>
        date < first ? first
        : date > last ? last
        : date;

    public string Query =>
        new ListQuery(
            ("days", IsChosen ? null : Days?.ToString(CultureInfo.InvariantCulture)),
            ("from", From?.ToString("O", CultureInfo.InvariantCulture)),
            ("to", To?.ToString("O", CultureInfo.InvariantCulture)),
            ("widget", Widget?.ToString())
        ).Text;

    public static string Text(DateOnly day) => day.ToString("d MMM yyyy", s_english);

    /// <summary>A date range without repetition: <c>1–30 Nov 2026</c>, <c>28 Nov – 4 Dec 2026</c>.</summary>
    public static string Text(DateOnly first, DateOnly last) =>
        (first, last) switch
        {
            _ when first == last => Text(last),
            _ when (first.Year, first.Month) == (last.Year, last.Month) => $"{first.Day}–{Text(last)}",
            _ when first.Year == last.Year => $"{Short(first)} – {Text(last)}",
            _ => $"{Text(first)} – {Text(last)}",
        };

    public static string Short(DateOnly day) => day.ToString("d MMM", s_english);
}
