using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Jobs;

/// <summary>Many rows are deleted in short statements, and no others.</summary>
public sealed class BatchDeletionTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Theory]
    [InlineData(new[] { 3, 3, 1 }, 7)]
    [InlineData(new[] { 3, 0 }, 3)]
    [InlineData(new[] { 0 }, 0)]
    [InlineData(new[] { 2 }, 2)]
    public async Task Steps_are_repeated_until_one_is_not_full(int[] deleted, int total)
    {
        var progress = new JobProgress();
        var steps = 0;

        var sum = await BatchDeletion.RepeatAsync(3, progress, () => Task.FromResult(deleted[steps++]));

        Assert.Equal((total, total, deleted.Length), ((int)sum, progress.Items, steps));
    }

    [Fact]
    public async Task Rows_that_meet_the_condition_go_and_others_stay()
    {
        var (shop, other) = (
            await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop"),
            await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop")
        );
        await portal.ExecuteAsync(
            $"""
            INSERT INTO webhook_errors (widget_id, error_type)
            SELECT id, 'timeout' FROM widgets CROSS JOIN generate_series(1, 7) WHERE id IN ('{shop.Id}', '{other.Id}')
            """
        );
        await using var scope = portal.Services.CreateAsyncScope();
        var progress = new JobProgress();

        var deleted = await scope
            .ServiceProvider.GetRequiredService<JobsDb>()
            .DeleteInBatchesAsync(
                "webhook_errors",
                "t.widget_id = {0} AND t.error_type = {1}",
                [shop.Id, "timeout"],
                batchSize: 3,
                progress,
                default
            );

        Assert.Equal((7, 7), ((int)deleted, progress.Items));
        Assert.Equal(0, await portal.As(shop.ClientId, db => db.WebhookErrors.CountAsync()));
        Assert.Equal(7, await portal.As(other.ClientId, db => db.WebhookErrors.CountAsync()));
    }
}
