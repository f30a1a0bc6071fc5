using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Limits;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>The sessions of signed-in people. A cookie names its row here, and is invalid without it.</summary>
public sealed class SessionStore(
    AccountsDb db,
    KnownDeviceCookie devices,
    AuditLog audit,
    ActionLimits limits,
    IOptions<MailOptions> mail,
    TimeProvider clock
)
{
    public const string Claim = "session";

    /// <summary>
    /// Starts a session of an authenticated person. Anybody who was signed in in this browser before is signed out.
    /// </summary>
    /// <exception cref="LimitExceededException">When too many sessions were started recently.</exception>
    public async Task<Guid> BeginAsync(User person, HttpContext context)
    {
        (await limits.SignInAsync(person.Id, context.RequestAborted)).OrThrow();
        await EndAsync(context.User);
        var now = clock.GetUtcNow();
        var isKnown =
            devices.Known(context) is { } known
            && await db.Sessions.AnyAsync(session => session.UserId == person.Id && session.Device == known);
        var entry = Actor.Of(person, context);
        var session = new UserSession
        {
            UserId = person.Id,
            SecurityStamp = person.SecurityStamp ?? "",
            Device = devices.Remember(context),
            Browser = entry.Browser,
            Address = entry.Address,
        }.Begin(now, person.Role == UserRole.Admin);
        db.Add(session);
        audit.Add(db, person, AuditAction.SignedIn, Subject.None);
        if (!isKnown && person.LastSignInAt is not null && mail.Value.IsConfigured)
        {
            db.Add(
                new Email
                {
                    ClientId = person.ClientId,
                    UserId = person.Id,
                    Template = NewDeviceEmail.Template,
                    ToAddress = person.Email!,
                    ToName = person.DisplayName,
                    About = session.Id,
                }
            );
        }

        await db.SaveChangesAsync();
        await db
            .Users.Where(user => user.Id == person.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(user => user.LastSignInAt, now));
        return session.Id;
    }

    /// <summary>
    /// The person's own change has given them a new stamp, which ends all their other sessions. Null when this session
    /// has ended too: changing a name must not revive it.
    /// </summary>
    public async Task<Guid?> GoOnAsync(User person, HttpContext context) =>
        context.User.SessionId is { } id
        && await db
            .Sessions.Where(session => session.Id == id && session.UserId == person.Id && session.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(session => session.SecurityStamp, person.SecurityStamp ?? ""))
            == 1
            ? id
            : null;

    /// <summary>Whether the session of a cookie is still valid. Records that it was used.</summary>
    public async Task<bool> IsLivingAsync(ClaimsPrincipal person, HttpContext context)
    {
        var (now, address) = (clock.GetUtcNow(), context.Connection.RemoteIpAddress);
        var (id, user) = (person.SessionId, person.PersonId);
        var (soon, longest) = (now + UserSession.Life, UserSession.LongestLife(person.IsAdmin));
        return id is not null
            && await db
                .Sessions.Where(session =>
                    session.Id == id && session.UserId == user && session.EndedAt == null && session.ExpiresAt > now
                )
                .ExecuteUpdateAsync(set =>
                    set.SetProperty(session => session.LastSeenAt, now)
                        .SetProperty(
                            session => session.ExpiresAt,
                            session => session.CreatedAt + longest < soon ? session.CreatedAt + longest : soon
                        )
                        .SetProperty(session => session.Address, address)
                ) == 1;
    }

    /// <summary>Ends all sessions of a person, for an admin.</summary>
    public async Task EndAllAsync(User person, CancellationToken cancellationToken)
    {
        if (await EndAsync(Of(person)) is > 0 and var ended)
        {
            audit.Add(db, person.ClientId, AuditAction.SessionEnded, person, AuditChange.Count(ended));
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    public IQueryable<UserSession> Of(User person) => db.Sessions.Living(person, clock.GetUtcNow());

    /// <summary>Ends the session of this cookie.</summary>
    public async Task EndAsync(ClaimsPrincipal person)
    {
        if (person.SessionId is { } id)
        {
            await EndAsync(db.Sessions.Where(session => session.Id == id));
        }
    }

    /// <summary>Ends the sessions on every replica and returns how many there were.</summary>
    public Task<int> EndAsync(IQueryable<UserSession> sessions)
    {
        var now = clock.GetUtcNow();
        return sessions
            .Where(session => session.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(session => session.EndedAt, now));
    }
}

public static class SessionClaims
{
    extension(ClaimsPrincipal user)
    {
        /// <summary>The session's row.</summary>
        public Guid? SessionId => Guid.TryParse(user.FindFirstValue(SessionStore.Claim), out var id) ? id : null;
    }
}
