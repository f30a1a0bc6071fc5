using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;
using Portal.Tests.Api;

namespace Portal.Tests.Pages.Widgets;

/// <summary>
/// A widget can be made, looked at and edited before there is a workflow, and goes live when it is connected.
/// </summary>
public sealed class NotConnectedTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public async Task It_is_created_previewed_with_a_built_in_answer_and_live_once_it_is_connected()
    {
        await using var n8n = await N8n.StartAsync();
        var client = await portal.NewClientAsync();
        var owner = portal.SignedIn(client.Id);
        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", "Later"), ("WebhookUrl", "  "));

        var widget = await portal.As(client.Id, db => db.Widgets.SingleAsync());
        Assert.Equal(($"/widgets/{widget.Id}", ""), (owner.Path, widget.WebhookUrl));
        Assert.Equal("Not connected", owner.Text("#widget-state"));
        Assert.Contains("A built-in example replies here", owner.Text("#who-answers"), StringComparison.Ordinal);
        Assert.Equal($"/widgets/{widget.Id}/connection", owner.Attribute("#not-connected .btn", "href"));

        // Visitors get nothing of it.
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await portal.Http.GetAsync($"/api/widgets/{widget.Id}/config")).StatusCode
        );
        var shop = new Shop(widget.Id, client.Id);
        Assert.False(
            (await portal.Guest(shop).SendAsync(HttpMethod.Post, "sessions", new { locale = "en" })).IsSuccessStatusCode
        );

        var reply = await (await (await PreviewOfAsync(shop)).OpenAsync()).AskAsync("Do you ship?");
        Assert.Equal("answered", reply.GetProperty("status").GetString());
        Assert.Contains(
            "no workflow is connected yet",
            reply.GetProperty("response").GetString(),
            StringComparison.Ordinal
        );

        // A test says what is missing, and nobody can make a demo of it.
        await owner.OpenAsync($"/widgets/{widget.Id}/connection");
        await owner.SubmitAsync("#try", ("text", "Hello?"));
        Assert.Contains("Save a webhook URL first.", owner.Text("#tried"), StringComparison.Ordinal);
        await owner.OpenAsync("/demos");
        Assert.DoesNotContain("Later", owner.Text("main"), StringComparison.Ordinal);
        await owner.OpenAsync("/widgets");
        Assert.Equal("Not connected", owner.Text("#widgets .badge"));

        await owner.OpenAsync($"/widgets/{widget.Id}/connection");
        await owner.SubmitAsync("#connection", ("WebhookUrl", n8n.Url));
        await Timeouts.UntilAsync(async () =>
            (await portal.Http.GetAsync($"/api/widgets/{widget.Id}/config")).IsSuccessStatusCode
        );
        Assert.Equal(
            "You asked: Hello?",
            (await (await portal.Guest(shop).OpenAsync()).AskAsync("Hello?")).GetProperty("response").GetString()
        );
        Assert.Equal(
            "You asked: Hello?",
            (await (await (await PreviewOfAsync(shop)).OpenAsync()).AskAsync("Hello?"))
                .GetProperty("response")
                .GetString()
        );
    }

    [Fact]
    public async Task The_first_steps_lead_to_the_connection()
    {
        var client = await portal.NewClientAsync();
        var owner = portal.SignedIn(client.Id);
        await owner.OpenAsync("/widgets/new");
        await owner.SubmitAsync("#new-widget", ("Name", "Later"));

        await owner.OpenAsync("/dashboard");

        Assert.Equal("Connect it to n8n", owner.Text(".first-steps [aria-current=step] .fw-5"));
    }

    private async Task<Guest> PreviewOfAsync(Shop shop)
    {
        var session = await portal.NewSessionAsync(await portal.NewUserAsync(shop.ClientId));
        return new(portal.Http, shop.Id, portal.Url.GetLeftPart(UriPartial.Authority))
        {
            Prefix =
                $"/api/preview/{portal.Services.GetRequiredService<PreviewTickets>().Write(new(shop.Id, session))}",
        };
    }
}
