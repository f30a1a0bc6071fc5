using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Dashboard;

/// <summary>One day's figures, counted from the messages themselves. What a client asked its own widget is left out.</summary>
public sealed record Numbers(int Conversations, int Messages, int Answered, int Failed, int Up, int Down)
{
    /// <summary>Half of the answers took less.</summary>
    public int? MedianMs { get; private init; }

    /// <summary>Nineteen of twenty answers took less.</summary>
    public int? SlowMs { get; private init; }

    public double? AnsweredShare => Answered + Failed == 0 ? null : 100d * Answered / (Answered + Failed);

    public double? HelpfulShare => Up + Down == 0 ? null : 100d * Up / (Up + Down);

    public static async Task<Numbers> OfAsync(PortalDb db, ClientDay day, CancellationToken abort)
    {
        var logs = db.ChatLogs.On(day).FromVisitors(db.VisitorSessions);
        var numbers = await logs.GroupBy(_ => 1).Select(all => new Numbers(
            // A message written without a session is a conversation of its own.
            all.Select(l => l.SessionId ?? l.Id).Distinct().Count(),
            all.Count(),
            all.Count(l => l.Status == ChatStatus.Answered),
            all.Count(l => l.Status == ChatStatus.Failed),
            all.Count(l => l.Feedback == "up"),
            all.Count(l => l.Feedback == "down"))).SingleOrDefaultAsync(abort) ?? new(0, 0, 0, 0, 0, 0);

        var times = logs.Where(l => l.Status == ChatStatus.Answered && l.LatencyMs != null).OrderBy(l => l.LatencyMs).Select(l => l.LatencyMs);
        var timed = numbers.Answered == 0 ? 0 : await times.CountAsync(abort);
        return timed == 0 ? numbers : numbers with
        {
            MedianMs = await times.Skip((timed - 1) / 2).FirstOrDefaultAsync(abort),
            SlowMs = await times.Skip((timed - 1) * 95 / 100).FirstOrDefaultAsync(abort),
        };
    }
}
