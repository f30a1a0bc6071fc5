using System.Net;
using System.Text.RegularExpressions;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Pages;

public sealed partial class CurrentClientTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [GeneratedRegex(@"\b(FROM|JOIN) clients\b")]
    private static partial Regex Read();

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/widgets")]
    [InlineData("/widgets/{widget}/connection")]
    [InlineData("/conversations")]
    [InlineData("/analytics")]
    [InlineData("/errors")]
    [InlineData("/demos")]
    [InlineData("/team")]
    [InlineData("/audit")]
    [InlineData("/settings")]
    [InlineData("/account/sessions")]
    public async Task A_page_reads_its_clients_row_once(string page)
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId));

        using var counting = DatabaseCommands.Of(portal);
        await owner.OpenAsync(page.Replace("{widget}", $"{shop.Id}", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, owner.Status);
        Assert.Single(counting.Seen, command => Read().IsMatch(command.Text));
    }

    [Fact]
    public async Task A_suspended_clients_page_and_the_refusal_in_its_place_read_it_once_too()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        await portal.ExecuteAsync($"UPDATE clients SET suspended_at = now() WHERE id = '{shop.ClientId}'");
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId));
        var member = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId, UserRole.Member));

        foreach (var (person, status) in new[] { (owner, HttpStatusCode.OK), (member, HttpStatusCode.Forbidden) })
        {
            using var counting = DatabaseCommands.Of(portal);
            await person.OpenAsync("/dashboard");

            Assert.Equal(status, person.Status);
            Assert.Single(counting.Seen, command => Read().IsMatch(command.Text));
        }
    }
}
