using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Api;

public sealed class BudgetsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task A_widget_that_has_used_up_its_day_asks_no_more_and_who_was_answered_keeps_the_answer()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        await BudgetAsync("UPDATE widgets SET daily_budget = 2 WHERE id = $1", shop.Id);
        var guest = await portal.Guest(shop).OpenAsync();
        var first = Guid.CreateVersion7();

        await guest.AskAsync("One?", first);
        await guest.AskAsync("Two?");
        await CountedAsync(portal.Services);
        var refused = await guest.TryAskAsync("Three?");

        Assert.Equal("widget_over_budget", await Guest.CodeAsync(refused));
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        Assert.Equal(2, _n8n.Asked.Count);
        var problem = await (await guest.TryAskAsync("Three?")).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(
            "This chat has reached its message limit. Please try again later.",
            problem.GetProperty("answer").GetString()
        );
        Assert.Equal("You asked: One?", (await guest.AskAsync("One?", first)).GetProperty("response").GetString());

        await BudgetAsync("UPDATE widgets SET daily_budget = 3 WHERE id = $1", shop.Id);
        // Who is refused makes the portal look again what the budget is.
        await Timeouts.UntilAsync(async () =>
        {
            await CountedAsync(portal.Services);
            return (await guest.TryAskAsync("Four?")).IsSuccessStatusCode;
        });

        Assert.Equal("Four?", _n8n.Asked[^1].GetProperty("chatInput").GetString());
    }

    [Fact]
    public async Task A_visitor_reads_the_clients_contact_in_their_language_when_nothing_is_left()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url, new() { Texts = new() { Language = "de" } });
        await BudgetAsync("UPDATE widgets SET daily_budget = 1 WHERE id = $1", shop.Id);
        await BudgetAsync("UPDATE clients SET contact_email = 'hello@shop.example' WHERE id = $1", shop.ClientId);
        var guest = await portal.Guest(shop).OpenAsync();
        await guest.AskAsync("One?");
        await CountedAsync(portal.Services);

        var problem = await (await guest.TryAskAsync("Two?")).Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(
            "Dieser Chat hat sein Nachrichtenlimit erreicht. Bitte schreiben Sie an hello@shop.example.",
            problem.GetProperty("answer").GetString()
        );
    }

    [Fact]
    public void Every_language_of_the_widget_has_its_sentence()
    {
        foreach (var language in new[] { "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "ar", "ja", "zh" })
        {
            Assert.NotEqual(OverBudgetTexts.Of(null, "en", null), OverBudgetTexts.Of(null, "auto", $"{language}-XX"));
            Assert.Contains("a@b.example", OverBudgetTexts.Of("a@b.example", language, null), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_clients_month_holds_over_all_its_widgets_and_replicas()
    {
        var replica = await portal.OtherAsync();
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        await BudgetAsync("UPDATE clients SET monthly_budget = 4 WHERE id = $1", shop.ClientId);
        var guest = await portal.Guest(shop).OpenAsync();
        var there = new Guest(replica.Http, shop.Id) { Token = guest.Token };

        foreach (var asker in (Guest[])[guest, there, guest, there])
        {
            await asker.AskAsync("More?");
        }

        await CountedAsync(portal.Services);
        await CountedAsync(replica.Services);

        // A replica that has nothing of its own to write has not looked since: it may let one through.
        using var fifth = await there.TryAskAsync("Still more?");
        await CountedAsync(replica.Services);
        Assert.Equal("widget_over_budget", await Guest.CodeAsync(await there.TryAskAsync("And more?")));
        Assert.Equal(fifth.IsSuccessStatusCode ? 5 : 4, await CountAsync(shop));
    }

    [Fact]
    public async Task Last_months_messages_and_other_clients_are_not_counted()
    {
        var (shop, other) = (await portal.NewWidgetAsync(_n8n.Url), await portal.NewWidgetAsync(_n8n.Url));
        await BudgetAsync("UPDATE clients SET monthly_budget = 2 WHERE id = $1", shop.ClientId);
        await BudgetAsync(
            "INSERT INTO message_counts SELECT id, client_id, current_date - 40, 1000 FROM widgets WHERE id = $1",
            shop.Id
        );
        await BudgetAsync(
            "INSERT INTO message_counts SELECT id, client_id, current_date, 1000 FROM widgets WHERE id = $1",
            other.Id
        );
        var guest = await portal.Guest(shop).OpenAsync();

        await guest.AskAsync("One?");
        await CountedAsync(portal.Services);

        await guest.AskAsync("Two?");
    }

    private static Task CountedAsync(IServiceProvider services) => services.GetRequiredService<Budgets>().WriteAsync();

    private async Task<int> CountAsync(Shop shop)
    {
        await using var command = portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand("SELECT sum(messages)::int FROM message_counts WHERE client_id = $1");
        command.Parameters.AddWithValue(shop.ClientId);
        return (int)(await command.ExecuteScalarAsync())!;
    }

    private async Task BudgetAsync(string sql, Guid id)
    {
        await using var command = portal.Services.GetRequiredService<Portal.Data.Databases>().Jobs.CreateCommand(sql);
        command.Parameters.AddWithValue(id);
        await command.ExecuteNonQueryAsync();
    }
}
