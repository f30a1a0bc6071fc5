using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

public sealed class AdminClientsTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task A_new_client_comes_with_an_owner_who_gets_in_by_the_link_shown()
    {
        var (name, email) = ($"Alder {Guid.NewGuid():N}", $"{Guid.NewGuid():N}@alder.test");
        var admin = portal.SignedInAsAdmin();
        await admin.OpenAsync("/admin/clients/new");

        await admin.SubmitAsync(
            "#new-client",
            ("Input.Name", name),
            ("Input.Company", "Alder & Finch"),
            ("Input.ContactEmail", "hello@alder.test"),
            ("Input.TimeZone", "Europe/Lisbon"),
            ("Input.OwnerName", "Maya Kowalski"),
            ("Input.OwnerEmail", email)
        );

        Assert.True(admin.Response.Headers.CacheControl?.NoStore);
        var owner = portal.SignedOut();
        await owner.OpenAsync(new Uri(admin.Text("#handover code")).PathAndQuery);
        await owner.SubmitAsync("#welcome", ("Input.Password", "a long enough password"));
        Assert.Equal("/dashboard", owner.Path);
        Assert.Contains("Alder & Finch", owner.Text(".side"), StringComparison.Ordinal);

        var made = await portal.With((AccountsDb db) => db.Users.SingleAsync(user => user.Email == email));
        var client = await portal.As(made.ClientId!.Value, db => db.Clients.SingleAsync());
        Assert.Equal(
            (name, "Alder & Finch", "hello@alder.test", "Europe/Lisbon"),
            (client.Name, client.CompanyName, client.ContactEmail, client.TimeZone)
        );
        Assert.Equal(UserRole.Owner, made.Role);
    }

    [Fact]
    public async Task The_list_tells_people_and_widgets_of_each_client()
    {
        var client = await portal.NewClientAsync();
        await portal.NewUserAsync(client.Id);
        await portal.NewUserAsync(client.Id, UserRole.Member);
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync($"/admin/clients?search={client.Name}");

        Assert.Equal(
            ["2", "0", "0", "0", "–"],
            admin.Page.QuerySelectorAll("#clients tbody td.num").Select(cell => cell.TextContent.Trim())
        );
    }

    [Fact]
    public async Task An_open_incident_comes_first_and_leads_to_its_widget_and_a_used_up_budget_is_said_too()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var name = $"Broken {Guid.NewGuid():N}";
        await portal.ExecuteAsync(
            $"""
            UPDATE clients SET name = '{name}', company_name = NULL, monthly_budget = 100 WHERE id = '{shop.ClientId}';
            INSERT INTO analytics (widget_id, date, num_chats) VALUES ('{shop.Id}', current_date, 500)
            """
        );
        await portal.HadAsync(
            shop,
            new("Anybody?", DateTimeOffset.UtcNow) { Status = "failed", ErrorType = "not_found" }
        );
        await portal.With(
            async (Portal.Alerts.IncidentJob job) =>
            {
                await job.RunAsync(new Portal.Jobs.JobProgress(), default);
                return true;
            }
        );
        var admin = portal.SignedInAsAdmin();

        // One failure among five hundred chats is an outage all the same when it is the newest.
        await admin.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(name)}&state=incident");
        Assert.Equal("Down", admin.Text("#clients tbody .badge"));
        Assert.Equal($"/admin/incidents?client={shop.ClientId}", admin.Attribute("#clients tbody a.above", "href"));
        Assert.Contains("Assistant, since", admin.Text("#clients tbody"), StringComparison.Ordinal);
        await admin.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(name)}&state=ok");
        Assert.Contains("No results", admin.Text("#clients"), StringComparison.Ordinal);

        await admin.OpenAsync($"/admin/incidents?client={shop.ClientId}");
        Assert.Equal(1, admin.Page.QuerySelectorAll("main tbody tr").Length);
        Assert.Equal($"/admin/clients/{shop.ClientId}", admin.Attribute("main tbody a", "href"));
        await admin.SubmitAsync("main tbody form");
        Assert.Equal($"/widgets/{shop.Id}/connection", admin.Path);

        await portal.ExecuteAsync(
            $"""
            UPDATE incidents SET ended_at = now(), outcome = 'answered' WHERE widget_id = '{shop.Id}';
            INSERT INTO message_counts (widget_id, client_id, day, messages) VALUES ('{shop.Id}', '{shop.ClientId}', (now() AT TIME ZONE 'UTC')::date, 100)
            """
        );
        var again = portal.SignedInAsAdmin();
        await again.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(name)}&state=budget");
        Assert.Equal("Limit reached", again.Text("#clients tbody .badge"));
    }

    [Fact]
    public async Task A_client_that_is_down_stands_above_those_that_come_before_it_by_name()
    {
        var mark = $"Ordered {Guid.NewGuid():N}";
        foreach (var letter in "ABCD")
        {
            var widget = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
            var ended = letter == 'A' ? "now()" : "NULL";
            await portal.ExecuteAsync(
                $"UPDATE clients SET name = '{mark} {letter}', company_name = NULL, suspended_at = {(letter == 'C' ? "now()" : "NULL")} WHERE id = '{widget.ClientId}'"
            );
            // A's is over, C is suspended, D's is open.
            await portal.ExecuteAsync(
                $"INSERT INTO incidents (client_id, widget_id, opened_at, last_failure_at, failures, visitors, ended_at, outcome) SELECT client_id, id, now(), now(), 9, 3, {ended}, {(letter == 'A' ? "'answered'" : "NULL")} FROM widgets WHERE id = '{widget.Id}' AND '{letter}' <> 'B'"
            );
        }

        var admin = portal.SignedInAsAdmin();
        async Task<string> OrderAsync(string query)
        {
            await admin.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(mark)}{query}");
            return string.Concat(
                admin.Page.QuerySelectorAll("#clients tbody .cover").Select(link => link.TextContent.Trim()[^1])
            );
        }

        Assert.Equal("DABC", await OrderAsync(""));
        Assert.Equal("Down first", admin.Text("select[name='sort'] option[selected]"));
        Assert.Equal("ABCD", await OrderAsync("&sort=name"));
    }

    [Fact]
    public async Task Searching_finds_by_name_and_says_when_nothing_matches()
    {
        var client = await portal.NewClientAsync($"100%_{Guid.NewGuid():N}");
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(client.Name.ToUpperInvariant())}");
        Assert.Equal(1, admin.Page.QuerySelectorAll("#clients tbody tr").Length);

        await admin.OpenAsync("/admin/clients?search=100%25_nobody");
        Assert.Contains("No results", admin.Text("#clients"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_signs_in_already_cannot_own_another_client()
    {
        var user = await portal.NewOwnerAsync();
        var name = $"Twice {Guid.NewGuid():N}";
        var admin = portal.SignedInAsAdmin();
        await admin.OpenAsync("/admin/clients/new");

        await admin.SubmitAsync(
            "#new-client",
            ("Input.Name", name),
            ("Input.OwnerName", "Maya"),
            ("Input.OwnerEmail", user.Email!.ToUpperInvariant())
        );

        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        Assert.Contains("This email already has an account", admin.Text("#new-client"), StringComparison.Ordinal);
        await admin.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(name)}");
        Assert.Contains("No results", admin.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_with_mistakes_comes_back_with_what_was_written()
    {
        var admin = portal.SignedInAsAdmin();
        await admin.OpenAsync("/admin/clients/new");

        await admin.SubmitAsync(
            "#new-client",
            ("Input.Name", ""),
            ("Input.ContactEmail", "nonsense"),
            ("Input.TimeZone", "Mars/Olympus"),
            ("Input.OwnerName", "Maya"),
            ("Input.OwnerEmail", "maya")
        );

        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        Assert.Equal(4, admin.Page.QuerySelectorAll(".invalid-feedback").Length);
        Assert.Equal("nonsense", admin.Attribute("[name='Input.ContactEmail']", "value"));
    }

    [Theory]
    [InlineData(UserRole.Owner)]
    [InlineData(UserRole.Member)]
    public async Task People_of_a_client_may_neither_see_nor_add_clients(UserRole role)
    {
        var visitor = await portal.SignedInAsync(await portal.NewUserAsync((await portal.NewClientAsync()).Id, role));

        foreach (var page in new[] { "/admin/clients", "/admin/clients/new" })
        {
            await visitor.OpenAsync(page);
            Assert.Equal(HttpStatusCode.Forbidden, visitor.Status);
            Assert.Equal("You don’t have access to this page", visitor.Text("h1"));
            Assert.Contains("It’s for portal administrators only.", visitor.Text("main"), StringComparison.Ordinal);
        }

        await visitor.PostAsync("/admin/clients/new", ("Input.Name", "Mine"));
        Assert.Equal(HttpStatusCode.Forbidden, visitor.Status);
    }
}
