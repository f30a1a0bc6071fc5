using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Inbox;

/// <summary>What is decided about a correction.</summary>
/// <param name="Version">The widget's version that answers it rightly.</param>
/// <param name="Reply">To its author.</param>
public sealed record CorrectionDecision(CorrectionState State, int? Version, string? Reply);

/// <summary>What becomes of corrections: the same for the agency and for the client's own people.</summary>
public sealed class CorrectionSettlement(AccountsDb accounts, AuditLog audit, TimeProvider clock)
{
    /// <summary>
    /// Closes or reopens a correction, and tells its author. Returns what to say about it; null when there is none.
    /// </summary>
    public async Task<string?> SettleAsync(
        ClientDataDb db,
        Guid id,
        CorrectionDecision decision,
        Member by,
        CancellationToken cancellationToken
    )
    {
        if (await db.Corrections.SingleOrDefaultAsync(c => c.Id == id, cancellationToken) is not { } correction)
        {
            return null;
        }

        var said = Apply(correction, decision, by);
        await TellAsync(db, correction, by, cancellationToken);
        audit.Add(
            db,
            correction.ClientId,
            AuditAction.CorrectionSettled,
            await db
                .Widgets.Where(w => w.Id == correction.WidgetId)
                .Select(w => new Subject(w.Id, w.Name))
                .SingleOrDefaultAsync(cancellationToken)
        );
        await db.SaveChangesAsync(cancellationToken);
        return said;
    }

    private string Apply(Correction correction, CorrectionDecision decision, Member by)
    {
        var (now, reply) = (clock.GetUtcNow(), decision.Reply?.Trim() ?? "");
        var told = reply.Length == 0 ? null : reply[..Math.Min(reply.Length, Correction.ReplyMaxLength)];
        switch (decision.State)
        {
            case CorrectionState.Fixed:
                correction.Fix(by.Name, decision.Version is > 0 ? decision.Version : null, told, now);
                return "Marked as fixed.";
            case CorrectionState.Dismissed:
                correction.Dismiss(by.Name, told, now);
                return "Closed.";
            default:
                correction.Reopen();
                return "Reopened.";
        }
    }

    private async Task TellAsync(ClientDataDb db, Correction correction, Member by, CancellationToken cancellationToken)
    {
        var author = correction.AuthorId;
        if (
            correction is { State: CorrectionState.Open } or { ToldAt: not null }
            || author == by.Id
            || await accounts
                .Users.Where(user => user.Id == author && user.DisabledAt == null)
                .Select(user => new { user.Email, user.DisplayName })
                .SingleOrDefaultAsync(cancellationToken)
                is not { Email: { } address } person
        )
        {
            return;
        }

        correction.Told(clock.GetUtcNow());
        db.Add(
            new Email
            {
                ClientId = correction.ClientId,
                Template = CorrectionEmail.Template,
                ToAddress = address,
                ToName = person.DisplayName,
                UserId = author,
                About = correction.Id,
            }
        );
    }
}
