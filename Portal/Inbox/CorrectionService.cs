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

/// <summary>What becomes of corrections: the same for the agency and for the client's own people.</summary>
public static class CorrectionDeeds
{
    extension(ClientDataDb db)
    {
        /// <summary>Closes or reopens a correction, and tells its author. False when there is none.</summary>
        /// <param name="version">The widget's version that answers it rightly.</param>
        public async Task<bool> SettleAsync(
            AuditLog audit,
            AccountsDb accounts,
            Guid id,
            CorrectionState state,
            int? version,
            string? reply,
            Member by,
            DateTimeOffset now,
            CancellationToken cancellationToken
        )
        {
            if (await db.Corrections.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } correction)
            {
                return false;
            }

            switch (state)
            {
                case CorrectionState.Fixed:
                    correction.Fix(by.Name, version, reply, now);
                    break;
                case CorrectionState.Dismissed:
                    correction.Dismiss(by.Name, reply, now);
                    break;
                default:
                    correction.Reopen();
                    break;
            }

            var author = correction.AuthorId;
            var address = await accounts
                .Users.Where(user => user.Id == author && user.DisabledAt == null)
                .Select(user => new { user.Email, user.DisplayName })
                .SingleOrDefaultAsync(cancellationToken);
            if (
                state != CorrectionState.Open
                && correction.ToldAt is null
                && author != by.Id
                && address?.Email is { } to
            )
            {
                correction.Told(now);
                db.Add(
                    new Email
                    {
                        ClientId = correction.ClientId,
                        Template = CorrectionEmail.Template,
                        ToAddress = to,
                        ToName = address.DisplayName,
                        UserId = author,
                        About = correction.Id,
                    }
                );
            }

            audit.Add(
                db,
                correction.ClientId,
                AuditAction.CorrectionSettled,
                await db
                    .Widgets.Where(w => w.Id == correction.WidgetId)
                    .Select(w => new Subject(w.Id, w.Name))
                    .SingleAsync(cancellationToken)
            );
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }
    }
}
