using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>One widget's totals of one day, in its client's time zone.</summary>
public sealed class DailyAnalytics : IOwned
{
    public Guid Id { get; private set; }
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; }
    public DateOnly Date { get; private set; }
    public int? NumChats { get; private set; }
    public double? AvgConfidence { get; private set; }
    public int? PositiveFeedback { get; private set; }
    public int? NegativeFeedback { get; private set; }

    /// <summary>JSON array, most asked first.</summary>
    public string? MostCommonQuestions { get; private set; }

    public int NumConversations { get; private set; }

    /// <summary>
    /// Null where it was not counted: then all that have not failed. Stopped and empty messages are neither.
    /// </summary>
    public int? NumAnswered { get; private set; }

    public int NumFailed { get; private set; }

    /// <summary>How many answers <see cref="AvgConfidence"/> is the mean of.</summary>
    public int NumConfidence { get; private set; }

    /// <summary>Answers below 0.5.</summary>
    public int NumUnsure { get; private set; }

    public int? MedianMs { get; private set; }

    /// <summary>The 95th percentile of the response time.</summary>
    public int? SlowMs { get; private set; }

    public DateTimeOffset? CreatedAt { get; private set; }
    public DateTimeOffset UpdatedAt { get; private set; }

    internal sealed class Mapping : IEntityTypeConfiguration<DailyAnalytics>
    {
        public void Configure(EntityTypeBuilder<DailyAnalytics> day)
        {
            day.ToTable("analytics");
            day.Property(d => d.MostCommonQuestions).HasColumnType("jsonb");
            day.HasIndex(d => new { d.WidgetId, d.Date }, "unique")
                .IsUnique()
                .HasDatabaseName("analytics_widget_id_date_key");
            day.HasIndex(d => new { d.WidgetId, d.Date }, "plain").HasDatabaseName("idx_analytics_widget_id_date");
            day.HasIndex(d => new { d.ClientId, d.Date })
                .HasDatabaseName("idx_analytics_client_id_date")
                .IncludeProperties(d => new
                {
                    d.NumChats,
                    d.NumConversations,
                    d.NumAnswered,
                    d.NumFailed,
                    d.AvgConfidence,
                    d.NumConfidence,
                    d.NumUnsure,
                    d.PositiveFeedback,
                    d.NegativeFeedback,
                    d.WidgetId,
                });
            day.HasOne<Widget>()
                .WithMany()
                .HasForeignKey(d => new { d.WidgetId, d.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
        }
    }
}
