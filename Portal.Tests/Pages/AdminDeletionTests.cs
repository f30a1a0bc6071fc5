using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

/// <summary>The agency's bulk deletions and access tokens, by hand.</summary>
public sealed class AdminDeletionTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_token_is_shown_once_works_and_stops_working_when_revoked()
    {
        var maker = await portal.NewUserAsync();
        var admin = await portal.SignedInAsync(maker);
        await admin.OpenAsync("/admin/tokens");
        var name = $"Nightly {Guid.NewGuid():N}";

        await admin.SubmitAsync(
            "#new-token",
            ("Input.Name", name),
            ("Input.Days", "7"),
            ("Input.Scopes", "widgets:read")
        );
        var token = admin.Text("#made code");
        Assert.True(admin.Response.Headers.CacheControl?.NoStore);
        Assert.Equal(HttpStatusCode.OK, await CallAsync(token));

        await admin.OpenAsync("/admin/tokens");
        Assert.DoesNotContain(token, admin.Body, StringComparison.Ordinal);
        var row = await portal.With((AccountsDb db) => db.AdminTokens.SingleAsync(row => row.Name == name));
        Assert.Equal(
            (maker.Id, "widgets:read", 7),
            (row.CreatedBy, Assert.Single(row.Scopes), (row.ExpiresAt - row.CreatedAt).Days)
        );

        var revoke = admin
            .Page.QuerySelectorAll("#tokens form")
            .Single(form => form.QuerySelector($"input[value='{row.Id}']") is not null);
        await admin.SubmitAsync(revoke, null);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync(token));
        Assert.Equal(
            ["platform.token_made", "platform.token_revoked"],
            await portal.With(
                (AccountsDb db) =>
                    db
                        .ChangeLogs.Where(log => log.SubjectId == row.Id)
                        .OrderBy(log => log.OccurredAt)
                        .Select(log => log.Action)
                        .ToListAsync()
            )
        );
    }

    [Fact]
    public async Task A_token_for_nothing_or_for_ever_is_not_made()
    {
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());
        await admin.OpenAsync("/admin/tokens");

        await admin.SubmitAsync("#new-token", ("Input.Name", "For nothing"), ("Input.Days", "7"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        await admin.SubmitAsync(
            "#new-token",
            ("Input.Name", "For ever"),
            ("Input.Days", "100000"),
            ("Input.Scopes", "clean-up")
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        await admin.SubmitAsync(
            "#new-token",
            ("Input.Name", "For anything"),
            ("Input.Days", "7"),
            ("Input.Scopes", "everything")
        );

        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        Assert.False(await portal.With((AccountsDb db) => db.AdminTokens.AnyAsync(row => row.Name.StartsWith("For "))));
    }

    [Fact]
    public async Task Ticked_widgets_go_once_what_goes_was_read_and_typed()
    {
        var (one, two, third) = (
            await portal.NewWidgetAsync(Webhook),
            await portal.NewWidgetAsync(Webhook),
            await portal.NewWidgetAsync(Webhook)
        );
        await portal.HadAsync(one, new("Hello?", DateTimeOffset.UtcNow));
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync($"/admin/widgets/delete?ids={one.Id}&ids={two.Id}");
        Assert.Contains("2 widgets, 1 conversation with 1 message", admin.Text("#delete"), StringComparison.Ordinal);
        await admin.SubmitAsync("#delete", ("Typed", "delete 3 widgets"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        Assert.Equal(1, await portal.As(one.ClientId, db => db.Widgets.CountAsync()));
        await admin.OpenAsync($"/admin/widgets/delete?ids={one.Id}&ids={two.Id}");
        await admin.SubmitAsync("#delete", ("Typed", "delete 2 widgets"));

        Assert.Equal("/admin/widgets", admin.Path);
        foreach (var (shop, left) in new[] { (one, 0), (two, 0), (third, 1) })
        {
            Assert.Equal(left, await portal.As(shop.ClientId, db => db.Widgets.CountAsync()));
            Assert.Equal(
                1 - left,
                await portal.As(shop.ClientId, db =>
                    db.ChangeLogs.CountAsync(log => log.Action == "widget.deleted" && log.ActorName == "Maya Kowalski")
                )
            );
        }
    }

    [Fact]
    public async Task The_list_finds_by_client_and_kind_and_offers_to_clean_up()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var name = await portal.As(shop.ClientId, db => db.Clients.Select(client => client.Name).SingleAsync());
        await portal.ExecuteAsync(
            $"INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret, is_demo, expires_at) VALUES ('{shop.ClientId}', 'Old demo', '{{}}', 'x', 's', true, now() - interval '1 day')"
        );
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync($"/admin/widgets?search={Uri.EscapeDataString(name)}");
        Assert.Equal(2, admin.Page.QuerySelectorAll("#widgets tbody tr").Length);
        await admin.OpenAsync($"/admin/widgets?kind=expired&search={Uri.EscapeDataString(name)}");
        Assert.Contains("Old demo", admin.Text("#widgets tbody"), StringComparison.Ordinal);
        Assert.Equal(1, admin.Page.QuerySelectorAll("#widgets tbody tr").Length);

        await admin.OpenAsync("/admin/widgets/delete?expired=true");
        await admin.SubmitAsync("#delete", ("Typed", admin.Text("#delete label b")));

        Assert.Equal(
            ["Assistant"],
            await portal.As(shop.ClientId, db => db.Widgets.Select(widget => widget.Name).ToListAsync())
        );
    }

    [Fact]
    public async Task Chat_logs_of_some_days_go_once_the_name_was_typed()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("In May", new(2026, 5, 31, 23, 59, 0, TimeSpan.Zero)));
        await portal.HadAsync(shop, new("In June", new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)));
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync($"/admin/chat-logs?widget={shop.Id}&from=2026-05-01&to=2026-05-31");
        Assert.Contains("1 message in 1 conversation matches.", admin.Text("#extent"), StringComparison.Ordinal);
        await admin.SubmitAsync("#delete", ("Typed", "assistant?"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        await admin.SubmitAsync("#delete", ("Typed", "Assistant"));

        Assert.Equal(
            ["In June"],
            await portal.As(shop.ClientId, db => db.ChatLogs.Select(log => log.Message).ToListAsync())
        );
        Assert.Equal("No messages match.", admin.Text("#extent"));
        await admin.OpenAsync($"/admin/chat-logs?widget={Guid.CreateVersion7()}");
        Assert.Equal(HttpStatusCode.NotFound, admin.Status);
    }

    private async Task<HttpStatusCode> CallAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/admin/widgets", UriKind.Relative))
        {
            Headers = { Authorization = new("Bearer", token) },
        };
        using var answer = await portal.Http.SendAsync(request);
        return answer.StatusCode;
    }
}
