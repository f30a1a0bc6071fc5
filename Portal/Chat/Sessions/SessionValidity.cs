using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// What a token is still good for. Its MAC says whose it is; only the row of its conversation knows whether another has taken its place. The
/// rule, and the clock, are the journal's own.
/// </summary>
public static class SessionValidity
{
    extension(IQueryable<VisitorSession> sessions)
    {
        /// <summary>The conversation of this token, unless it was revoked or a newer token has taken its place. It may have expired: who wants to be forgotten is.</summary>
        public IQueryable<VisitorSession> Of(SessionToken token) =>
            sessions.Where(s =>
                s.Id == token.SessionId
                && s.WidgetId == token.WidgetId
                && s.RevokedAt == null
                && (
                    s.Generation == token.Generation
                    || (
                        s.Generation == token.Generation + 1
                        && s.RotatedAt > DateTimeOffset.UtcNow - SessionService.Overlap
                    )
                )
            );

        /// <summary>The conversation of a token that may still look at it, rate its answers and stop them.</summary>
        public IQueryable<VisitorSession> StandingFor(SessionToken token) =>
            sessions.Of(token).Where(s => s.ExpiresAt > DateTimeOffset.UtcNow);
    }
}
