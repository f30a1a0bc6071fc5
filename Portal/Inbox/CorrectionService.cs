using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Inbox;

/// <summary>What people do about the entered client's wrong answers.</summary>
public sealed class CorrectionService(PortalDb db, AuditLog audit, TimeProvider clock)
{
    /// <summary>How far back questions are listed that were answered badly.</summary>
    public static readonly TimeSpan Since = TimeSpan.FromDays(90);

    public IQueryable<WeakQuestion> Weak(Guid? widget) => db.WeakQuestions(widget, clock.GetUtcNow() - Since);

    /// <summary>Writes down how a message should have been answered. Null when there is no such message.</summary>
    /// <param name="key">Of the group of like questions that it settles, if it was written for one.</param>
    public async Task<Correction?> CorrectAsync(
        Guid log,
        string? key,
        string question,
        string answer,
        Member by,
        CancellationToken cancellationToken
    )
    {
        var widget = await db
            .ChatLogs.Where(l => l.Id == log)
            .Join(db.Widgets, l => l.WidgetId, w => w.Id, (l, w) => new { w.Id, w.Name })
            .SingleOrDefaultAsync(cancellationToken);
        if (widget is null)
        {
            return null;
        }

        var correction = new Correction
        {
            WidgetId = widget.Id,
            ChatLogId = log,
            Question = question,
            Answer = answer,
            AuthorId = by.Id,
            AuthorName = by.Name,
        };
        db.Add(correction);
        if (key is not null)
        {
            await ReviewedAsync(key, QuestionOutcome.Corrected, by, cancellationToken);
        }

        audit.Add(db, AuditAction.CorrectionMade, new Subject(widget.Id, widget.Name));
        await db.SaveChangesAsync(cancellationToken);
        return correction;
    }

    /// <summary>Takes like questions off the list, until they are answered badly again.</summary>
    public async Task ReviewAsync(string key, QuestionOutcome outcome, Member by, CancellationToken cancellationToken)
    {
        await ReviewedAsync(key, outcome, by, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Puts them back on the list.</summary>
    public Task<int> UndoReviewAsync(string key, CancellationToken cancellationToken) =>
        db.QuestionReviews.Where(review => review.Key == key).ExecuteDeleteAsync(cancellationToken);

    private async Task ReviewedAsync(
        string key,
        QuestionOutcome outcome,
        Member by,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        if (await db.QuestionReviews.SingleOrDefaultAsync(review => review.Key == key, cancellationToken) is { } before)
        {
            (before.Outcome, before.ByName, before.ReviewedAt) = (outcome, by.Name, now);
            return;
        }

        db.Add(
            new QuestionReview(key)
            {
                Outcome = outcome,
                ByName = by.Name,
                ReviewedAt = now,
            }
        );
    }
}
