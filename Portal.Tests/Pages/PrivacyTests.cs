using System.Net;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

public sealed class PrivacyTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_visitor_reads_who_runs_the_chat_that_an_ai_answers_and_how_to_be_forgotten()
    {
        var shop = await portal.NewWidgetAsync(Webhook, new() { Texts = new() { Title = "Fern" }, PrivacyUrl = "https://shop.example/privacy" }, isActive: false);
        var visitor = portal.SignedOut();

        await visitor.OpenAsync($"/privacy/{shop.Id}");

        Assert.Equal(HttpStatusCode.OK, visitor.Response.StatusCode);
        Assert.Contains("Fern", visitor.Text(".prose"), StringComparison.Ordinal);
        Assert.Contains("You are talking to an AI", visitor.Text(".prose"), StringComparison.Ordinal);
        Assert.Contains("Forget me", visitor.Text(".prose"), StringComparison.Ordinal);
        Assert.Equal("https://shop.example/privacy", visitor.Attribute(".prose a", "href"));
    }

    [Fact]
    public async Task An_unknown_widget_has_no_page()
    {
        var visitor = portal.SignedOut();

        await visitor.OpenAsync($"/privacy/{Guid.CreateVersion7()}");

        Assert.Equal(HttpStatusCode.NotFound, visitor.Response.StatusCode);
    }
}
