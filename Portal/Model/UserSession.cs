using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>The session of a signed-in person in one browser.</summary>
public sealed class UserSession
{
    /// <summary>Ends after so long without use.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(14);

    /// <summary>Ends after so long at the latest, however often it is used.</summary>
    public static TimeSpan LongestLife(bool isAdmin) => isAdmin ? TimeSpan.FromHours(12) : TimeSpan.FromDays(30);

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public required Guid UserId { get; init; }

    /// <summary>
    /// The person's security stamp when the session began, or when they changed it in this session. A different stamp
    /// ends it.
    /// </summary>
    public required string SecurityStamp { get; init; }

    /// <summary>SHA-256 of the browser's cookie.</summary>
    public required byte[] Device { get; init; }

    public string? Browser { get; init; }
    public IPAddress? Address { get; init; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset LastSeenAt { get; private set; }
    public DateTimeOffset ExpiresAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>The client that an admin views, and until when.</summary>
    public Guid? ViewingClientId { get; private set; }

    public DateTimeOffset? ViewingUntil { get; private set; }

    public UserSession Begin(DateTimeOffset now, bool isAdmin)
    {
        var longest = LongestLife(isAdmin);
        (CreatedAt, LastSeenAt, ExpiresAt) = (now, now, now + (longest < Life ? longest : Life));
        return this;
    }

    internal sealed class Mapping : IEntityTypeConfiguration<UserSession>
    {
        public void Configure(EntityTypeBuilder<UserSession> session)
        {
            session.ToTable("user_sessions");
            session.HasIndex(s => s.UserId).HasDatabaseName("idx_user_sessions_user_id");
            session.HasIndex(s => s.ExpiresAt).HasDatabaseName("idx_user_sessions_expires_at");
        }
    }
}

public static class UserSessions
{
    extension(IQueryable<UserSession> sessions)
    {
        /// <summary>A person's sessions that are still valid.</summary>
        public IQueryable<UserSession> Living(User person, DateTimeOffset now) =>
            sessions.Where(s =>
                s.UserId == person.Id
                && s.SecurityStamp == person.SecurityStamp
                && s.EndedAt == null
                && s.ExpiresAt > now
            );
    }
}
