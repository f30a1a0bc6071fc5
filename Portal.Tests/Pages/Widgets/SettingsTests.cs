using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Deletion;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages.Widgets;

public sealed class SettingsTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_widget_is_renamed_and_a_name_that_another_has_is_refused_kindly()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", "Second"), ("WebhookUrl", Webhook));

        await owner.OpenAsync($"/widgets/{shop.Id}/settings");
        await owner.SubmitAsync("#name", ("Name", "Second"));
        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, "You already have a widget with this name."),
            (owner.Status, owner.Text("#Name-error"))
        );

        await owner.SubmitAsync("#name", ("Name", " "));
        Assert.Equal("Enter a name.", owner.Text("#Name-error"));

        await owner.SubmitAsync("#name", ("Name", " Returns desk "));
        Assert.Equal("Returns desk", owner.Text("#widget-name"));
        Assert.Contains(
            """{"name": "Assistant"}""",
            (await LogAsync(shop, "widget.renamed")).Before,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_new_key_ends_every_conversation_and_visitors_begin_anew()
    {
        await using var bot = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(bot.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        await guest.AskAsync("Hello?");
        var before = (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).WidgetSecret;
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/settings");
        Assert.Contains("1 open conversation will end.", owner.Text("#rotate"), StringComparison.Ordinal);
        await owner.SubmitAsync("#rotate");

        var after = (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).WidgetSecret;
        Assert.NotEqual(before, after);
        Assert.DoesNotContain(after, owner.Body, StringComparison.Ordinal);
        Assert.Equal("session_required", await Guest.CodeAsync(await guest.TryAskAsync("And now?")));
        await guest.OpenAsync(guest.Token);
        Assert.False(guest.Session.GetProperty("resumed").GetBoolean());
        await guest.AskAsync("And now?");
        await LogAsync(shop, "widget.secret_rotated");
    }

    [Fact]
    public async Task A_deleted_widget_is_silent_and_out_of_sight_at_once_and_its_rows_go_with_the_job()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var session = await portal.HadAsync(shop, new("Hello?", DateTimeOffset.UtcNow));
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/widgets/{shop.Id}/delete");
        Assert.Contains("1 conversation", owner.Text("#delete p"), StringComparison.Ordinal);
        await owner.SubmitAsync("#delete", ("Typed", "assistant"));
        Assert.Equal("The name doesn’t match.", owner.Text("#Typed-error"));
        await owner.SubmitAsync("#delete", ("Typed", "Assistant"));

        Assert.Equal("/widgets", owner.Path);
        Assert.Contains("No widgets yet", owner.Text("main"), StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await portal.Http.GetAsync($"/api/widgets/{shop.Id}/config")).StatusCode
        );
        await owner.OpenAsync($"/widgets/{shop.Id}");
        Assert.Equal(HttpStatusCode.NotFound, owner.Status);

        // Its name is free.
        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", "Assistant"), ("WebhookUrl", Webhook));
        Assert.Equal(HttpStatusCode.OK, owner.Status);

        await portal.Services.GetRequiredService<WidgetDeletionJob>().RunAsync(new JobProgress(), default);
        Assert.Equal(
            "0 0 0",
            await OneAsync(
                $"""
                SELECT concat_ws(' ', (SELECT count(*) FROM widgets WHERE id = '{shop.Id}'), (SELECT count(*) FROM visitor_sessions WHERE id = '{session}'), (SELECT count(*) FROM chat_logs WHERE widget_id = '{shop.Id}'))
                """
            )
        );
        Assert.Equal(1, await portal.As(shop.ClientId, db => db.Widgets.CountAsync()));
        Assert.Equal("Assistant", (await LogAsync(shop, "widget.deleted")).SubjectName);
    }

    [Fact]
    public async Task Members_may_not_delete_a_widget()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var member = portal.SignedIn(shop.ClientId, UserRole.Member);

        await member.OpenAsync($"/widgets/{shop.Id}/settings");
        Assert.Null(member.Page.QuerySelector($"a[href='/widgets/{shop.Id}/delete']"));
        await member.OpenAsync($"/widgets/{shop.Id}/delete");

        Assert.Equal(HttpStatusCode.Forbidden, member.Status);
    }

    private async Task<ChangeLog> LogAsync(Shop shop, string action) =>
        await portal.As(shop.ClientId, db =>
            db.ChangeLogs.AsNoTracking().SingleAsync(log => log.Action == action && log.SubjectId == shop.Id)
        );

    private async Task<string> OneAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(
            portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!
        );
        await using var command = database.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
