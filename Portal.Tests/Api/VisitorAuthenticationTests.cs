using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Api;
using Portal.Audit;
using Portal.Data;
using Portal.Model;
using Portal.Tests.Data;
using Portal.Tests.Pages;
using Portal.Web;

namespace Portal.Tests.Api;

public sealed class VisitorAuthenticationTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public void Every_call_of_a_conversation_is_authorized_by_its_token_and_by_nothing_else()
    {
        var calls = portal
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<ConversationCall>() is not null)
            .ToList();

        Assert.NotEmpty(calls);
        Assert.All(calls, call =>
        {
            Assert.Null(call.Metadata.GetMetadata<IAllowAnonymous>());
            Assert.Equal(
                [VisitorAuthentication.SchemeName],
                Assert.Single(call.Metadata.GetOrderedMetadata<AuthorizationPolicy>()).AuthenticationSchemes
            );
        });
    }

    [Fact]
    public async Task A_cookie_beside_the_token_is_not_looked_at()
    {
        await using var n8n = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(n8n.Url);
        var opened = await portal.Guest(shop).OpenAsync();
        await Timeouts.UntilAsync(() => Task.FromResult(portal.Services.GetRequiredService<Signals>().IsListening));
        // So old that its session would be looked up, and ended meanwhile.
        var owner = await portal.NewUserAsync(shop.ClientId);
        var browser = await portal.SignedInAsync(owner, TimeSpan.FromMinutes(5));
        await portal.With(
            (AccountsDb db) =>
                db
                    .Sessions.Where(row => row.UserId == owner.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(row => row.EndedAt, DateTimeOffset.UtcNow))
        );
        var guest = new Guest(portal.Http, shop.Id) { Cookies = browser.Cookies, Token = opened.Token };

        using var counting = DatabaseCommands.Of(portal);
        var response = await guest.TryAskAsync("Hello?");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains("Set-Cookie"));
        Assert.NotEmpty(counting.Seen);
        Assert.All(counting.Seen, command => Assert.Equal("portal-journal", command.By));
    }

    [Fact]
    public async Task A_cookie_without_a_token_is_no_way_into_a_conversation()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var guest = new Guest(portal.Http, shop.Id) { Cookies = portal.SignedIn(shop.ClientId).Cookies };

        var response = await guest.SendAsync(HttpMethod.Get, "messages");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Empty(response.Headers.WwwAuthenticate);
        Assert.Equal("session_required", await Guest.CodeAsync(response));
    }
}
