using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>Like questions that somebody has dealt with, until they are answered badly again.</summary>
public sealed class QuestionReview(string key) : IOwned
{
    public Guid ClientId { get; private set; }

    /// <summary>The stems that like questions share.</summary>
    public string Key { get; private set; } = key;

    public required QuestionOutcome Outcome { get; set; }
    public required string ByName { get; set; }
    public required DateTimeOffset ReviewedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<QuestionReview>
    {
        public void Configure(EntityTypeBuilder<QuestionReview> review)
        {
            review.ToTable("question_reviews");
            review.HasKey(r => new { r.ClientId, r.Key });
            review
                .Property(r => r.Outcome)
                .HasConversion(
                    outcome =>
                        outcome == QuestionOutcome.NotRelevant ? "not_relevant" : outcome.ToString().ToLowerInvariant(),
                    text =>
                        text == "not_relevant" ? QuestionOutcome.NotRelevant : Enum.Parse<QuestionOutcome>(text, true)
                );
            review.HasOne<Client>().WithMany().HasForeignKey(r => r.ClientId);
        }
    }
}

public enum QuestionOutcome
{
    /// <summary>Somebody wrote the right answer.</summary>
    Corrected,

    /// <summary>The bot answers it rightly now.</summary>
    Fixed,
    NotRelevant,
}
