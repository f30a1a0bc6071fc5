using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>A test message to a widget's workflow, and its result.</summary>
public sealed class WebhookTest(Guid id, Guid widgetId, string sent, DateTimeOffset deadlineAt) : IOwned
{
    public Guid Id { get; private set; } = id;
    public Guid ClientId { get; private set; }
    public Guid WidgetId { get; private set; } = widgetId;

    /// <summary>Hash of the callback's one-time token; null once it was used.</summary>
    public byte[]? CallbackHash { get; init; }

    /// <summary>The request, without secrets.</summary>
    public string Sent { get; private set; } = sent;

    public WebhookTestPhase Phase { get; private set; } = WebhookTestPhase.Asking;

    /// <summary>A <see cref="TestResult"/> as JSON.</summary>
    public string? Result { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <summary>The end of the wait for an answer.</summary>
    public DateTimeOffset DeadlineAt { get; private set; } = deadlineAt;

    public bool IsRunning => Phase is WebhookTestPhase.Asking or WebhookTestPhase.Waiting;

    public TestResult? Outcome =>
        Result is null ? null : JsonSerializer.Deserialize<TestResult>(Result, WidgetConfig.Json);

    internal sealed class Mapping : IEntityTypeConfiguration<WebhookTest>
    {
        public void Configure(EntityTypeBuilder<WebhookTest> test)
        {
            test.ToTable("webhook_tests");
            test.Ignore(t => t.IsRunning);
            test.Ignore(t => t.Outcome);
            test.Property(t => t.Phase)
                .HasConversion(
                    phase => phase.ToString().ToLowerInvariant(),
                    text => Enum.Parse<WebhookTestPhase>(text, true)
                );
            test.Property(t => t.Result).HasColumnType("jsonb");
            test.Property(t => t.CreatedAt).HasDefaultValueSql("now()");
            test.HasIndex(t => t.ClientId).HasDatabaseName("idx_webhook_tests_client_id");
            test.HasIndex(t => t.WidgetId).HasDatabaseName("idx_webhook_tests_widget_id");
            test.HasOne<Widget>()
                .WithMany()
                .HasForeignKey(t => new { t.WidgetId, t.ClientId })
                .HasPrincipalKey(w => new { w.Id, w.ClientId });
        }
    }
}

public enum WebhookTestPhase
{
    /// <summary>The call is open.</summary>
    Asking,

    /// <summary>The workflow acknowledged and will reply later.</summary>
    Waiting,
    Done,

    /// <summary>Stopped by its sender.</summary>
    Stopped,
}

/// <summary>What came of a test.</summary>
/// <param name="Text">The answer; null when there was none.</param>
/// <param name="Error">An error's name; null when it answered.</param>
/// <param name="Detail">What came back instead of an answer.</param>
/// <param name="IsLate">The answer came to the callback address.</param>
public sealed record TestResult(
    string? Text,
    double? Confidence,
    int Suggestions,
    int Sources,
    string? Error,
    int? Status,
    string? Detail,
    bool IsEmpty,
    bool IsLate,
    int LatencyMs
);
