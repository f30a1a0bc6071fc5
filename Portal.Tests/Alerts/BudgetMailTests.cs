using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Portal.Audit;
using Portal.Chat;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Mail;
using Portal.Tests.Pages;

namespace Portal.Tests.Alerts;

/// <summary>Owners hear of a budget before their visitors do, over a real mail server.</summary>
public sealed class BudgetMailTests(MailPortal mail) : IClassFixture<MailPortal>, IAsyncLifetime
{
    private readonly SmtpServer _server = mail.Server;
    private readonly PortalApp _portal = mail.Portal;

    public async ValueTask InitializeAsync() => await mail.EmptyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Owners_are_told_once_at_eighty_percent_of_a_widgets_day_and_once_when_it_is_used_up()
    {
        var shop = await _portal.NewWidgetAsync("http://127.0.0.1:1/");
        var owner = await _portal.NewUserAsync(shop.ClientId, UserRole.Owner);
        await _portal.NewUserAsync(shop.ClientId, UserRole.Member);
        await ExecuteAsync("UPDATE widgets SET daily_budget = 10 WHERE id = $1", shop.Id);

        await UsedAsync(shop, 7);
        await RunAsync();
        await UsedAsync(shop, 8);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => RunAsync()));

        var warned = await _server.NextAsync();
        Assert.Equal([owner.Email!], warned.To);
        Assert.Matches(@"^\[.+\] Assistant has used 80% of its daily message limit$", Subject(warned.Raw)!);

        // The button leads somewhere.
        var text = MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(warned.Raw))).TextBody!;
        var page = _portal.SignedIn(shop.ClientId);
        await page.OpenAsync(
            new Uri(System.Text.RegularExpressions.Regex.Match(text, @"http://\S+/widgets/\S+").Value).PathAndQuery
        );
        Assert.Equal(System.Net.HttpStatusCode.OK, page.Status);

        await UsedAsync(shop, 10);
        await RunAsync();
        await RunAsync();
        Assert.Matches(
            @"^\[.+\] Assistant reached its daily message limit$",
            Subject((await _server.NextAsync()).Raw)!
        );
        Assert.True(_server.IsEmpty);
    }

    [Fact]
    public async Task A_clients_month_counts_all_its_widgets_and_the_operators_default_holds_where_nothing_is_set()
    {
        var shop = await _portal.NewWidgetAsync("http://127.0.0.1:1/");
        await _portal.NewUserAsync(shop.ClientId, UserRole.Owner);
        await ExecuteAsync(
            "UPDATE clients SET monthly_budget = 100, name = 'Monthly', company_name = NULL WHERE id = $1",
            shop.ClientId
        );
        await UsedAsync(shop, 100);

        await RunAsync();

        // Both shares at once: only the larger is news.
        Assert.Equal("Monthly reached its monthly message limit", Subject((await _server.NextAsync()).Raw));
        Assert.True(_server.IsEmpty);
    }

    private static string? Subject(string raw) =>
        MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(raw))).Subject;

    private Task<bool> RunAsync() =>
        _portal.With(
            async (BudgetJob job) =>
            {
                await job.RunAsync(new JobProgress(), default);
                return true;
            }
        );

    private Task UsedAsync(Shop shop, int messages) =>
        ExecuteAsync(
            $"""
            INSERT INTO message_counts (widget_id, client_id, day, messages)
            SELECT w.id, w.client_id, (now() AT TIME ZONE c.time_zone)::date, {messages} FROM widgets w JOIN clients c ON c.id = w.client_id WHERE w.id = $1
            ON CONFLICT (widget_id, day) DO UPDATE SET messages = EXCLUDED.messages
            """,
            shop.Id
        );

    private async Task ExecuteAsync(string sql, Guid id)
    {
        await using var command = _portal.Services.GetRequiredService<Portal.Data.Databases>().Jobs.CreateCommand(sql);
        command.Parameters.AddWithValue(id);
        await command.ExecuteNonQueryAsync();
    }
}
