using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>When a person last looked at a client's dashboard, and when before that.</summary>
public sealed class DashboardVisit(Guid userId, DateTimeOffset lastAt) : IOwned
{
    /// <summary>After so long without a look, the next one is another visit.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(30);

    public Guid UserId { get; private set; } = userId;
    public Guid ClientId { get; private set; }
    public DateTimeOffset LastAt { get; private set; } = lastAt;

    /// <summary>The end of the visit before this one; at the first visit, its beginning.</summary>
    public DateTimeOffset PreviousAt { get; private set; } = lastAt;

    internal sealed class Mapping : IEntityTypeConfiguration<DashboardVisit>
    {
        public void Configure(EntityTypeBuilder<DashboardVisit> visit)
        {
            visit.ToTable("dashboard_visits");
            visit.HasKey(v => new { v.UserId, v.ClientId });
            visit.HasOne<Client>().WithMany().HasForeignKey(v => v.ClientId);
        }
    }
}
