using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>One sign-in of a person in one browser.</summary>
public sealed class UserSession
{
    /// <summary>After so long without a visit.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(14);

    /// <summary>After so long at the latest, however often they come.</summary>
    public static TimeSpan LongestLife(bool isAdmin) => isAdmin ? TimeSpan.FromHours(12) : TimeSpan.FromDays(30);

    public Guid Id { get; private set; } = Guid.CreateVersion7();
    public required Guid UserId { get; init; }

    /// <summary>The person's when it began, or when they themselves changed it here. Any other has ended it.</summary>
    public required string SecurityStamp { get; init; }

    /// <summary>SHA-256 of what the browser keeps.</summary>
    public required byte[] Device { get; init; }

    public string? Browser { get; init; }
    public IPAddress? Address { get; init; }
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset LastSeenAt { get; private set; }
    public DateTimeOffset ExpiresAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>As whom an admin looks at the portal, and until when.</summary>
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
        /// <summary>A person's sessions that a cookie could still stand for.</summary>
        public IQueryable<UserSession> Living(User person, DateTimeOffset now) =>
            sessions.Where(s =>
                s.UserId == person.Id
                && s.SecurityStamp == person.SecurityStamp
                && s.EndedAt == null
                && s.ExpiresAt > now
            );
    }
}
