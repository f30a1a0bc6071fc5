using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Model;

/// <summary>One run of a job. Written by the runner, read by admins.</summary>
public sealed class JobRun
{
    public Guid Id { get; private set; }
    public string Job { get; private set; } = null!;

    /// <summary>Start of the period that it stands for.</summary>
    public DateTimeOffset Period { get; private set; }

    public JobStatus Status { get; private set; }

    /// <summary>The admin who chose "Run now"; null for the schedule.</summary>
    public Guid? StartedBy { get; private set; }

    public DateTimeOffset StartedAt { get; private set; }
    public DateTimeOffset LeaseUntil { get; private set; }
    public DateTimeOffset? FinishedAt { get; private set; }

    /// <summary>How many items it has processed so far.</summary>
    public int Items { get; private set; }

    public string? Error { get; private set; }

    internal sealed class Mapping : IEntityTypeConfiguration<JobRun>
    {
        public void Configure(EntityTypeBuilder<JobRun> run)
        {
            run.ToTable("job_runs");
            run.Property(r => r.Status)
                .HasConversion(
                    status => status.ToString().ToLowerInvariant(),
                    text => Enum.Parse<JobStatus>(text, true)
                );
            run.HasIndex(r => new { r.Job, r.Period }).IsUnique().HasDatabaseName("job_runs_job_period_key");
            run.HasIndex(r => r.StartedAt).IsDescending().HasDatabaseName("idx_job_runs_started_at");
            run.HasIndex(r => r.Job).IsUnique().HasFilter("status = 'running'").HasDatabaseName("idx_job_runs_running");
        }
    }
}

public static class JobRuns
{
    extension(IQueryable<JobRun> runs)
    {
        /// <summary>The latest run of each job.</summary>
        public IQueryable<JobRun> LatestOfEach() =>
            runs.GroupBy(run => run.Job).Select(all => all.OrderByDescending(run => run.StartedAt).First());
    }
}

public enum JobStatus
{
    Running,
    Done,
    Failed,
}
