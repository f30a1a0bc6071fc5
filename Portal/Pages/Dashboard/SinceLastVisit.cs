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
        var visit = await db.DashboardVisits.SingleOrDefaultAsync(v => v.UserId == person, cancellationToken);
        if (visit is null)
        {
            db.Add(new DashboardVisit(person, now));
            await db.SaveChangesAsync(cancellationToken);
            return null;
        }

        visit.Look(now);
        await db.SaveChangesAsync(cancellationToken);
        if (now - visit.PreviousAt < DashboardVisit.Pause)
        {
            return null;
        }

        var since = now - visit.PreviousAt > s_longest ? now - s_longest : visit.PreviousAt;
        return new(
            since,
            await db.MessageFigures(null, since, now).SingleAsync(cancellationToken),
            await db.ConversationWork.CountAsync(work => work.WaitingSince != null, cancellationToken),
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
