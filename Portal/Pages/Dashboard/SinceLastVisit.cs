using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Dashboard;

/// <summary>What happened since a person last looked at the dashboard, and what waits for them.</summary>
/// <param name="At">The end of their last visit.</param>
/// <param name="Waiting">Conversations that wait for a person, whoever looks after them.</param>
/// <param name="Mine">Their own conversations that are not done.</param>
/// <param name="Fixed">Corrections that were fixed since.</param>
public sealed record SinceLastVisit(DateTimeOffset At, MessageFigures Figures, int Waiting, int Mine, int Fixed)
{
    // Counted from the messages themselves, so not without end.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(30);

    public bool HasNews => Figures.Messages > 0 || Waiting > 0 || Mine > 0 || Fixed > 0;

    /// <summary>Notes the visit. Null at the first one, when there is no time before it.</summary>
    public static async Task<SinceLastVisit?> LookAsync(
        PortalDb db,
        Guid person,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        // One statement, because somebody may open the page in two tabs at once.
        var visits = await db
            .Database.SqlQuery<DateTimeOffset>(
                $"""
                INSERT INTO dashboard_visits AS v (user_id, client_id, last_at, previous_at) VALUES ({person}, portal_client(), {now}, {now})
                ON CONFLICT (user_id, client_id) DO UPDATE SET
                    previous_at = CASE WHEN EXCLUDED.last_at - v.last_at > {DashboardVisit.Pause} THEN v.last_at ELSE v.previous_at END,
                    last_at = EXCLUDED.last_at
                RETURNING previous_at AS "Value"
                """
            )
            .ToListAsync(cancellationToken);
        var previous = visits.Single();
        if (now - previous < DashboardVisit.Pause)
        {
            return null;
        }

        var since = now - previous > s_longest ? now - s_longest : previous;
        return new(
            since,
            await db.MessageFigures(null, since, now).SingleAsync(cancellationToken),
            await db.ConversationWork.Waiting().CountAsync(cancellationToken),
            await db.ConversationWork.CountAsync(
                work =>
                    work.AssigneeId == person
                    && !db.VisitorSessions.Any(s => s.Id == work.SessionId && work.DoneMessages >= s.MessageCount),
                cancellationToken
            ),
            await db.Corrections.CountAsync(
                correction => correction.State == CorrectionState.Fixed && correction.ClosedAt > since,
                cancellationToken
            )
        );
    }
}
