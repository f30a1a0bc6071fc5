using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// What a token may still do. Its MAC shows that it is genuine; only the row of its conversation shows whether a newer
/// one has replaced it. The rule, and the clock, are the same as the journal's.
/// </summary>
public static class SessionValidity
{
    extension(IQueryable<VisitorSession> sessions)
    {
        /// <summary>
        /// The conversation of this token, unless it was revoked or replaced by a newer token. It may have expired:
        /// visitors can still delete their data then.
        /// </summary>
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

        /// <summary>The conversation of a token that may still read it, rate its answers and stop them.</summary>
        public IQueryable<VisitorSession> StandingFor(SessionToken token) =>
            sessions.Of(token).Where(s => s.ExpiresAt > DateTimeOffset.UtcNow);
    }
}
