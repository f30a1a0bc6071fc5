using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>
/// Deletes a visitor's data: their conversations, and their questions from the top questions of each day.
/// </summary>
public static class Erasure
{
    extension(PortalDb db)
    {
        /// <summary>
        /// Deletes these conversations of the entered client with every message in them. Gives how many there were.
        /// </summary>
        /// <param name="alsoSave">What is saved with it, such as the log's entry: both or neither.</param>
        public async Task<int> EraseAsync(
            IQueryable<VisitorSession> sessions,
            CancellationToken cancellationToken,
            Action<int>? alsoSave = null
        )
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var ids = await sessions.Select(s => s.Id).ToArrayAsync(cancellationToken);

            // Recomputes the days' analytics from what is left. Counts are kept, the texts are removed.
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO analytics_due (widget_id, client_id, date)
                SELECT DISTINCT l.widget_id, l.client_id, (l.created_at AT TIME ZONE c.time_zone)::date
                FROM chat_logs l JOIN clients c ON c.id = l.client_id
                WHERE l.session_id = ANY({ids})
                ON CONFLICT DO NOTHING
                """,
                cancellationToken
            );
            var erased = await db.VisitorSessions.Where(s => ids.Contains(s.Id)).ExecuteDeleteAsync(cancellationToken);
            if (alsoSave is not null)
            {
                alsoSave(erased);
                await db.SaveChangesAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            return erased;
        }
    }
}
