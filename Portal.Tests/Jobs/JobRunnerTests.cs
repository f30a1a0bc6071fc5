using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Jobs;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Jobs;

/// <summary>Faults 16 and 45 of docs/security.md: however many ask, a job is done once.</summary>
public sealed class JobRunnerTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task Two_replicas_side_by_side_run_every_job_once()
    {
        await using var other = await portal.ReplicaAsync();

        await WithinAPeriodAsync(async () =>
        {
            await ForgetAsync();
            var started = await Task.WhenAll(
                Enumerable
                    .Range(0, 4)
                    .SelectMany(_ => new[] { portal, other })
                    .Select(replica => Runner(replica).StartDueAsync(default))
            );
            await Task.WhenAll(started.SelectMany(runs => runs));
            return true;
        });

        var jobs = Runner(portal).Jobs.Select(job => $"{job.Name}: 1 done").Order();
        Assert.Equal(
            jobs,
            await LinesAsync(
                "SELECT job || ': ' || count(*) || ' ' || max(status) FROM job_runs GROUP BY job ORDER BY 1"
            )
        );
    }

    [Fact]
    public async Task A_period_is_done_once_and_the_next_one_again()
    {
        var again = await WithinAPeriodAsync(async () =>
        {
            await ForgetAsync();
            await Task.WhenAll(await Runner(portal).StartDueAsync(default));
            return await Runner(portal).StartDueAsync(default);
        });
        Assert.Empty(again);

        await ExecuteAsync("UPDATE job_runs SET period = period - interval '1 day'");

        Assert.Equal(Runner(portal).Jobs.Count, (await Runner(portal).StartDueAsync(default)).Count);
    }

    [Fact]
    public async Task What_a_dead_replica_was_doing_is_given_up_and_done_again()
    {
        await ForgetAsync();
        await ExecuteAsync(
            "INSERT INTO job_runs (id, job, period, lease_until) VALUES (gen_random_uuid(), 'daily-analytics', now() - interval '1 day', now() - interval '1 second')"
        );

        await Task.WhenAll(await Runner(portal).StartDueAsync(default));

        Assert.Equal(
            ["done ", "failed The portal instance that ran it stopped unexpectedly."],
            await LinesAsync(
                "SELECT status || ' ' || coalesce(error, '') FROM job_runs WHERE job = 'daily-analytics' ORDER BY 1"
            )
        );
    }

    [Fact]
    public async Task A_running_job_is_not_started_twice_not_even_by_hand()
    {
        await ForgetAsync();
        await ExecuteAsync(
            "INSERT INTO job_runs (id, job, period, lease_until) VALUES (gen_random_uuid(), 'daily-analytics', now() - interval '1 day', now() + interval '1 hour')"
        );
        var job = Runner(portal).Jobs.Single(job => job.Name == "daily-analytics");

        Assert.False(await Runner(portal).StartNowAsync(job, Guid.NewGuid(), default));
        Assert.DoesNotContain("daily-analytics", await LinesAsync("SELECT job FROM job_runs WHERE status = 'done'"));
    }

    [Fact]
    public async Task A_failure_is_kept_with_its_reason_and_stops_nothing_else()
    {
        await portal.HadAsync(await portal.NewWidgetAsync(Webhook), new("Hello?", DateTimeOffset.UtcNow));
        await ForgetAsync();
        await ExecuteAsync("ALTER TABLE chat_search RENAME TO hidden", asOwner: true);
        try
        {
            await Task.WhenAll(await Runner(portal).StartDueAsync(default));
        }
        finally
        {
            await ExecuteAsync("ALTER TABLE hidden RENAME TO chat_search", asOwner: true);
        }

        Assert.Equal(
            ["42P01: relation \"chat_search\" does not exist"],
            await LinesAsync("SELECT error FROM job_runs WHERE status = 'failed'")
        );
        Assert.Contains("daily-analytics", await LinesAsync("SELECT job FROM job_runs WHERE status = 'done'"));
    }

    [Fact]
    public async Task An_admin_reads_the_history_and_runs_a_job_now()
    {
        await ForgetAsync();
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Count me", DateTimeOffset.UtcNow.AddDays(-1)));
        await Task.WhenAll(await Runner(portal).StartDueAsync(default));
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());

        await admin.OpenAsync("/admin/jobs");
        Assert.Contains("Daily analytics", admin.Text("#jobs"), StringComparison.Ordinal);
        Assert.DoesNotContain("Kim Person", admin.Text("#jobs"), StringComparison.Ordinal);
        await admin.SubmitAsync("#jobs form");

        Assert.Contains("Kim Person", admin.Text("#jobs"), StringComparison.Ordinal);
        Assert.Single(await LinesAsync("SELECT job FROM job_runs WHERE started_by IS NOT NULL"));
    }

    [Fact]
    public async Task A_fault_of_the_database_does_not_end_the_renewal_of_a_lease()
    {
        await using var work = new LongWork(portal);
        await work.BeginAsync();

        await work.WhileRowsAreAwayAsync(async () =>
        {
            work.Tick();
            await Timeouts.UntilAsync(() => Task.FromResult(work.Faults > 0));
        });
        await ExecuteAsync($"UPDATE job_runs SET lease_until = now() WHERE job = '{LongWork.Name}'");
        await Timeouts.UntilAsync(async () =>
        {
            work.Tick();
            return (
                    await LinesAsync(
                        $"SELECT status FROM job_runs WHERE job = '{LongWork.Name}' AND lease_until > now() + interval '1 minute'"
                    )
                ).Count == 1;
        });

        Assert.False(work.IsStopped);
        await work.EndAsync();
        Assert.Equal(["done"], await LinesAsync($"SELECT status FROM job_runs WHERE job = '{LongWork.Name}'"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_run_stops_once_its_lease_is_lost_or_may_be(bool isGivenUp)
    {
        await using var work = new LongWork(portal);
        await work.BeginAsync();

        if (isGivenUp)
        {
            await ExecuteAsync($"UPDATE job_runs SET status = 'failed' WHERE job = '{LongWork.Name}'");
            await Timeouts.UntilAsync(() =>
            {
                work.Tick();
                return Task.FromResult(work.IsStopped);
            });
        }
        else
        {
            await work.WhileRowsAreAwayAsync(() =>
                Timeouts.UntilAsync(() =>
                {
                    work.Tick();
                    return Task.FromResult(work.IsStopped);
                })
            );
            Assert.True(work.Elapsed >= JobRunner.Lease - JobRunner.RenewEvery);
        }

        await work.EndAsync();
    }

    [Fact]
    public async Task Clients_have_no_business_there()
    {
        var owner = portal.SignedIn((await portal.NewClientAsync()).Id);

        await owner.OpenAsync("/admin/jobs");

        Assert.Equal(System.Net.HttpStatusCode.Forbidden, owner.Status);
    }

    private static JobRunner Runner(PortalApp portal) => portal.Services.GetRequiredService<JobRunner>();

    // The shortest period is a minute: what began in one and ended in the next is done again, since then it is right
    // that jobs run twice.
    private async Task<T> WithinAPeriodAsync<T>(Func<Task<T>> work)
    {
        while (true)
        {
            var before = await PeriodAsync();
            var result = await work();
            if (await PeriodAsync() == before)
            {
                return result;
            }
        }

        async Task<string> PeriodAsync() => Assert.Single(await LinesAsync("SELECT date_trunc('minute', now())::text"));
    }

    private Task ForgetAsync() => ExecuteAsync("DELETE FROM job_runs");

    private Portal.Data.Databases Databases => portal.Services.GetRequiredService<Portal.Data.Databases>();

    private async Task ExecuteAsync(string sql, bool asOwner = false)
    {
        await using var owner = NpgsqlDataSource.Create(Databases.Strings.Owner!);
        await using var command = (asOwner ? owner : Databases.Jobs).CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> LinesAsync(string sql)
    {
        await using var command = Databases.Jobs.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }
}
