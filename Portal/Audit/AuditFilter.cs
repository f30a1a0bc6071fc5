using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Audit;

/// <summary>Which entries the log shows. All of it is in the query string.</summary>
public sealed record AuditFilter
{
    /// <summary>Part of the actor's or the subject's name.</summary>
    [FromQuery(Name = "q")]
    public string? Words { get; init; }

    /// <summary>The part of an <see cref="AuditAction"/>'s name before the dot.</summary>
    [FromQuery(Name = "kind")]
    public string? Kind { get; init; }

    [FromQuery(Name = "client")]
    public Guid? Client { get; init; }

    [FromQuery(Name = "from")]
    public DateOnly? From { get; init; }

    [FromQuery(Name = "to")]
    public DateOnly? To { get; init; }

    [FromQuery(Name = "older")]
    public string? Older { get; init; }

    [FromQuery(Name = "newer")]
    public string? Newer { get; init; }

    public string? KindText => AuditAction.Kinds.FirstOrDefault(kind => kind.Name == Kind).Text;

    public bool HasWords => !string.IsNullOrWhiteSpace(Words);

    public bool IsOn => HasWords || KindText is not null || Client is not null || From is not null || To is not null;

    /// <param name="zone">Whose days <see cref="From"/> and <see cref="To"/> are.</param>
    public IQueryable<ChangeLog> Apply(IQueryable<ChangeLog> logs, TimeZoneInfo zone)
    {
        if (HasWords)
        {
            var pattern = LikePattern.Containing(Words!);
            logs = logs.Where(log =>
                EF.Functions.ILike(log.ActorName, pattern, LikePattern.Escape)
                || EF.Functions.ILike(log.SubjectName!, pattern, LikePattern.Escape)
            );
        }

        if (KindText is not null)
        {
            var prefix = Kind + ".";
            logs = logs.Where(log => log.Action.StartsWith(prefix));
        }

        logs = Client is { } client ? logs.Where(log => log.ClientId == client) : logs;
        var (since, until) = ClientDay.Span(From, To, zone);
        logs = since is null ? logs : logs.Where(log => log.OccurredAt >= since);
        logs = until is null ? logs : logs.Where(log => log.OccurredAt < until);

        return logs;
    }

    /// <summary>The query string of this list, so that every link on it leads back to it.</summary>
    public string Query => List.Text;

    /// <summary>All parameters except search and position, as hidden fields of the search form.</summary>
    public IEnumerable<(string Name, string Value)> Others => List.Hidden;

    private ListQuery List =>
        new(
            ("q", Words?.Trim()),
            ("kind", KindText is null ? null : Kind),
            ("client", Client?.ToString()),
            ("from", From?.ToString("O", CultureInfo.InvariantCulture)),
            ("to", To?.ToString("O", CultureInfo.InvariantCulture)),
            ("older", Older),
            ("newer", Newer)
        );

    public AuditFilter At(string? older = null, string? newer = null) => this with { Older = older, Newer = newer };
}

/// <summary>A position in the log: entries are ordered by time, then by id.</summary>
public sealed record Place(DateTimeOffset At, Guid Id)
{
    public static Place? Parse(string? text) =>
        text?.Split('_') is [var ticks, var id]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        && at <= DateTimeOffset.MaxValue.Ticks
        && Guid.TryParseExact(id, "N", out var guid)
            ? new(new DateTimeOffset(at, TimeSpan.Zero), guid)
            : null;

    public static string Of(ChangeLog log) => $"{log.OccurredAt.UtcTicks}_{log.Id:N}";

    public IQueryable<ChangeLog> Before(IQueryable<ChangeLog> logs) =>
        logs.Where(log => EF.Functions.LessThan(ValueTuple.Create(log.OccurredAt, log.Id), ValueTuple.Create(At, Id)));

    public IQueryable<ChangeLog> After(IQueryable<ChangeLog> logs) =>
        logs.Where(log =>
            EF.Functions.GreaterThan(ValueTuple.Create(log.OccurredAt, log.Id), ValueTuple.Create(At, Id))
        );
}
