using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Chat;

/// <summary>Starts conversations, and resumes them for a widget that still has its last token.</summary>
public sealed class SessionService(PortalDb db, PortalOptions portal, TimeProvider clock)
{
    /// <summary>How long the previous token stays valid, for parallel tabs.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Resumable = TimeSpan.FromHours(24);
    private static readonly TimeSpan Absolute = TimeSpan.FromDays(30);

    /// <param name="last">The token the widget still holds, already known to be genuine; it may have expired for
    /// sending.</param>
    public async Task<Opened> OpenAsync(
        LiveWidget widget,
        Visit visit,
        SessionToken? last,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetUtcNow();
        if (last is not null && await ResumeAsync(widget, visit, last, now, cancellationToken) is { } resumed)
        {
            return resumed;
        }

        var session = new VisitorSession
        {
            WidgetId = widget.Id,
            VisitorId = (visit.VisitorId ?? Guid.CreateVersion7()).ToString(),
            Kind = KindOf(widget, visit),
            Origin = visit.Origin,
            Locale = visit.Locale,
            PageUrl = visit.PageUrl,
            RotatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + Resumable,
        };
        db.Add(session);
        await db.SaveChangesAsync(cancellationToken);
        return Opened.Of(widget, session, now, resumed: false);
    }

    private async Task<Opened?> ResumeAsync(
        LiveWidget widget,
        Visit visit,
        SessionToken last,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var session = await db.VisitorSessions.SingleOrDefaultAsync(
            s => s.Id == last.SessionId && s.WidgetId == widget.Id,
            cancellationToken
        );
        if (session is null || session.RevokedAt is not null || session.ExpiresAt <= now || last.Origin != visit.Origin)
        {
            return null;
        }

        if (session.Generation == last.Generation)
        {
            session.Resume(now, Earlier(now + Resumable, session.CreatedAt + Absolute));
            await db.SaveChangesAsync(cancellationToken);
        }
        else if (session.Generation != last.Generation + 1 || session.RotatedAt <= now - Overlap)
        {
            // An old token was used again: its holder does not get the conversation.
            return null;
        }

        return Opened.Of(widget, session, now, resumed: true);
    }

    // The portal's own pages show a widget to its people, to test it, and a demo to its prospect. An origin alone
    // proves nothing, because anybody can send one.
    private SessionKind KindOf(LiveWidget widget, Visit visit) =>
        widget switch
        {
            { IsPreview: true } => SessionKind.Preview,
            { IsDemo: true } when !visit.IsTheirs => SessionKind.Demo,
            _ => visit.IsTheirs && visit.Origin == portal.Origin ? SessionKind.Test : SessionKind.Live,
        };

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}

/// <summary>Who opens the chat, and where.</summary>
/// <param name="IsTheirs">Somebody who works on the widget, in the portal.</param>
public sealed record Visit(Guid? VisitorId, string Origin, string? Locale, string? PageUrl, bool IsTheirs = false);

/// <summary>A conversation that may send messages.</summary>
public sealed record Opened(string Token, DateTimeOffset ExpiresAt, Guid SessionId, string VisitorId, bool Resumed)
{
    public static Opened Of(LiveWidget widget, VisitorSession session, DateTimeOffset now, bool resumed)
    {
        var token = new SessionToken(widget.Id, session.Id, session.Generation, session.Origin, now);
        return new(token.Sign(widget.Secret), token.ExpiresAt, session.Id, session.VisitorId, resumed);
    }
}
