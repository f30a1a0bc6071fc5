using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Deletion;
using Portal.Jobs;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Web;

namespace Portal.Tests.Pages;

/// <summary>One client in the hands of the agency: changed, looked at, suspended, deleted.</summary>
public sealed class AdminClientTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_changed_name_shows_up_and_is_written_down()
    {
        var client = await portal.NewClientAsync();
        var admin = await AdminAsync();
        await admin.OpenAsync($"/admin/clients/{client.Id}");

        await admin.SubmitAsync(
            "#edit",
            ("Input.Name", "Birch"),
            ("Input.Company", "Birch & Co"),
            ("Input.TimeZone", "Asia/Tokyo")
        );

        Assert.Equal("Birch & Co", admin.Text("h1"));
        var log = Assert.Single(await LogsAsync(client.Id));
        Assert.Equal(
            (AuditAction.ClientEdited.Name, ActorRole.Admin, false),
            (log.Action, log.ActorRole, log.AsClient)
        );
        Assert.Contains("\"timeZone\": \"UTC\"", log.Before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_agency_sets_a_clients_monthly_budget_and_its_owners_cannot()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var admin = await AdminAsync();
        await admin.OpenAsync($"/admin/clients/{shop.ClientId}");
        Assert.Contains(
            "Default 100,000. 0 used this month.",
            admin.Text("#Input_MonthlyBudget-hint"),
            StringComparison.Ordinal
        );

        foreach (var wrong in new[] { "0", "-5", "many", "100000001", "1.5" })
        {
            await admin.SubmitAsync("#edit", ("Input.MonthlyBudget", wrong));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
            Assert.Contains(
                "Enter a whole number from 1 to 100,000,000.",
                admin.Text("#Input_MonthlyBudget-error"),
                StringComparison.Ordinal
            );
            Assert.Equal(wrong, admin.Attribute("#Input_MonthlyBudget", "value"));
        }

        await admin.SubmitAsync("#edit", ("Input.MonthlyBudget", "2,500"));
        Assert.Equal("2500", admin.Attribute("#Input_MonthlyBudget", "value"));
        Assert.Equal(2500, await BudgetAsync());
        var log = Assert.Single(await LogsAsync(shop.ClientId));
        Assert.Equal((AuditAction.ClientEdited.Name, "{\"monthlyBudget\": \"2500\"}"), (log.Action, log.After));
        await admin.OpenAsync($"/admin/audit?client={shop.ClientId}");
        Assert.Contains("Monthly message limit", admin.Text("#log"), StringComparison.Ordinal);

        var owner = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId));
        await owner.OpenAsync("/settings");
        Assert.Null(owner.Page.QuerySelector("[name$=MonthlyBudget]"));
        await owner.SubmitAsync(
            "#settings",
            to: "/settings",
            ("Input.Name", "Cedar"),
            ("Input.MonthlyBudget", "9000000")
        );
        Assert.Equal((HttpStatusCode.OK, "Cedar"), (owner.Status, owner.Attribute("#Input_Name", "value")));
        Assert.Equal(2500, await BudgetAsync());

        await portal.ExecuteAsync(
            $"INSERT INTO message_counts (widget_id, client_id, day, messages) VALUES ('{shop.Id}', '{shop.ClientId}', (now() AT TIME ZONE 'UTC')::date, 1234)"
        );
        await admin.OpenAsync($"/admin/clients/{shop.ClientId}");
        Assert.Contains("1,234 used this month.", admin.Text("#Input_MonthlyBudget-hint"), StringComparison.Ordinal);
        await admin.SubmitAsync("#edit", ("Input.MonthlyBudget", ""));
        Assert.Null(await BudgetAsync());

        Task<int?> BudgetAsync() =>
            portal.As(shop.ClientId, db => db.Clients.Select(client => client.MonthlyBudget).SingleAsync());
    }

    [Fact]
    public async Task Owners_change_their_own_settings_and_members_do_not()
    {
        var client = await portal.NewClientAsync();
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(client.Id));
        var member = await portal.SignedInAsync(await portal.NewUserAsync(client.Id, UserRole.Member));
        await owner.OpenAsync("/settings");

        await owner.SubmitAsync(
            "#settings",
            ("Input.Name", "Cedar"),
            ("Input.ContactEmail", "hello@cedar.test"),
            ("Input.TimeZone", "Europe/Paris")
        );
        Assert.Contains("Cedar", owner.Text(".side"), StringComparison.Ordinal);
        await owner.SubmitAsync("#settings", ("Input.Name", ""), ("Input.TimeZone", "Mars/Olympus"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.NotEmpty(owner.Text("#Input_Name-error"));
        await member.OpenAsync("/settings");
        Assert.Equal(HttpStatusCode.Forbidden, member.Status);

        var saved = await portal.As(client.Id, db => db.Clients.SingleAsync());
        Assert.Equal(("Cedar", "hello@cedar.test", "Europe/Paris"), (saved.Name, saved.ContactEmail, saved.TimeZone));
    }

    [Fact]
    public async Task Looking_through_a_clients_eyes_shows_its_pages_under_a_bar_and_is_written_down()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var admin = await AdminAsync();
        await admin.OpenAsync($"/widgets/{shop.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, admin.Status);

        await admin.OpenAsync($"/admin/clients/{shop.ClientId}");
        await admin.SubmitAsync("#view-as");
        Assert.Equal("/dashboard", admin.Path);
        await admin.OpenAsync($"/widgets/{shop.Id}/connection");
        Assert.Contains("as its owner", admin.Text(".viewing"), StringComparison.Ordinal);
        await admin.SubmitAsync("#switch");
        await admin.SubmitAsync(".viewing form");
        Assert.Equal($"/admin/clients/{shop.ClientId}", admin.Path);
        Assert.Null(admin.Page.QuerySelector(".viewing"));
        await admin.OpenAsync($"/widgets/{shop.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, admin.Status);

        var logs = await LogsAsync(shop.ClientId);
        Assert.Equal(
            [AuditAction.ViewStarted.Name, AuditAction.WidgetSwitchedOff.Name, AuditAction.ViewEnded.Name],
            logs.Select(log => log.Action)
        );
        Assert.Equal((ActorRole.Admin, true), (logs[1].ActorRole, logs[1].AsClient));
    }

    [Fact]
    public async Task Nobody_but_the_admin_who_began_it_looks_through_a_clients_eyes()
    {
        var (theirs, mine) = (await portal.NewWidgetAsync(Webhook), await portal.NewOwnerAsync());
        var admin = await AdminAsync();
        await admin.OpenAsync($"/admin/clients/{theirs.ClientId}");
        await admin.SubmitAsync("#view-as");
        var pass = admin.Cookies.Single(cookie => cookie.Name == "portal-view");

        foreach (var thief in new[] { await portal.SignedInAsync(mine), await AdminAsync() })
        {
            thief.Carry(pass);
            await thief.OpenAsync($"/widgets/{theirs.Id}");
            Assert.True(thief.Status is HttpStatusCode.NotFound or HttpStatusCode.Forbidden, $"{thief.Status}");
        }
    }

    [Fact]
    public async Task A_suspended_clients_owners_read_and_change_nothing()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var user = await portal.NewUserAsync(shop.ClientId);
        var (owner, member) = (
            await portal.SignedInAsync(user),
            await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId, UserRole.Member))
        );
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        var admin = await AdminAsync();
        await admin.OpenAsync($"/admin/clients/{shop.ClientId}");
        await admin.SubmitAsync("#suspend");

        await owner.SubmitAsync("#switch");
        Assert.Equal(HttpStatusCode.Forbidden, owner.Status);
        Assert.Equal("Your workspace is suspended", owner.Text("h1"));
        await owner.OpenAsync("/conversations/export");
        Assert.Equal(HttpStatusCode.OK, owner.Status);
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        Assert.Equal(HttpStatusCode.OK, owner.Status);
        await member.OpenAsync("/widgets");
        Assert.Equal(HttpStatusCode.Forbidden, member.Status);
        await member.OpenAsync("/account");
        Assert.Equal(HttpStatusCode.OK, member.Status);

        await admin.SubmitAsync("#resume");
        await member.OpenAsync("/widgets");
        Assert.Equal(HttpStatusCode.OK, member.Status);
        Assert.Equal(
            [AuditAction.ClientSuspended.Name, AuditAction.ConversationsExported.Name, AuditAction.ClientResumed.Name],
            (await LogsAsync(shop.ClientId)).Select(log => log.Action)
        );
    }

    [Fact]
    public async Task A_deleted_client_is_gone_with_everything_and_its_people_are_signed_out()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Do you ship to Norway?", DateTimeOffset.UtcNow));
        var user = await portal.NewUserAsync(shop.ClientId);
        var owner = await portal.SignedInAsync(user);
        var name = await portal.As(shop.ClientId, db => db.Clients.Select(client => client.Name).SingleAsync());
        var admin = await AdminAsync();
        await admin.OpenAsync($"/admin/clients/{shop.ClientId}/delete");
        Assert.Contains("1 widget, 1 conversation and 1 account", admin.Text("#delete"), StringComparison.Ordinal);

        await admin.SubmitAsync("#delete", ("Typed", name + "x"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        await admin.SubmitAsync("#delete", ("Typed", name));
        Assert.Equal("/admin/clients", admin.Path);
        await owner.OpenAsync("/dashboard");
        Assert.Equal(AccessPolicies.SignInPath, owner.Path);

        var late = await portal.SignedInAsync(user);
        await portal.With(
            async (ClientDeletionJob job) =>
            {
                await job.RunAsync(new JobProgress(), default);
                return 0;
            }
        );
        Assert.Equal("", await LeftOfAsync(shop.ClientId));
        Assert.Null(
            await portal.With((AccountsDb db) => db.Users.SingleOrDefaultAsync(person => person.Id == user.Id))
        );
        await late.OpenAsync("/widgets");
        Assert.Equal(AccessPolicies.SignInPath, late.Path);
        await admin.OpenAsync($"/admin/audit?client={shop.ClientId}");
        Assert.Contains($"{name} (deleted)", admin.Text("#log"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UserRole.Owner)]
    [InlineData(UserRole.Member)]
    public async Task Strangers_to_the_agency_reach_none_of_it(UserRole role)
    {
        var client = await portal.NewClientAsync();
        var visitor = await portal.SignedInAsync(await portal.NewUserAsync(client.Id, role));
        foreach (var page in new[] { "", "/delete", "/view" })
        {
            await visitor.OpenAsync($"/admin/clients/{client.Id}{page}");
            Assert.Equal(HttpStatusCode.Forbidden, visitor.Status);
        }

        var admin = await AdminAsync();
        await admin.OpenAsync($"/admin/clients/{Guid.CreateVersion7()}");
        Assert.Equal(HttpStatusCode.NotFound, admin.Status);
    }

    [Fact]
    public async Task The_list_sorts_pages_and_tells_a_failing_client_from_a_quiet_one()
    {
        var mark = $"Sorted {Guid.NewGuid():N}";
        var clients = new List<Client>();
        for (var i = 0; i < 53; i++)
        {
            clients.Add(await portal.NewClientAsync($"{mark} {i:00}"));
        }

        await portal.ExecuteAsync(
            $"""
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) SELECT id, 'Bot', '{"{}"}', 'x', 's' FROM clients WHERE name IN ('{mark} 07', '{mark} 08');
            INSERT INTO analytics (widget_id, date, num_chats, num_failed)
            SELECT w.id, current_date, 10, CASE c.name WHEN '{mark} 08' THEN 9 ELSE 0 END FROM widgets w JOIN clients c ON c.id = w.client_id WHERE c.name LIKE '{mark}%';
            """
        );
        var admin = await AdminAsync();

        await admin.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(mark)}");
        Assert.Equal(50, admin.Page.QuerySelectorAll("#clients tbody tr").Length);
        await admin.OpenAsync(admin.Attribute(".pager-x a.end", "href")!);
        Assert.Equal(3, admin.Page.QuerySelectorAll("#clients tbody tr").Length);

        await admin.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(mark)}&sort=failed");
        Assert.Equal($"{mark} 08", admin.Text("#clients tbody .cover"));
        Assert.Equal("9", admin.Text("#clients tbody td[data-label='Failed (7 d)']"));

        // Failures of days gone by are a figure; what is so now is said by the incident.
        Assert.Equal("Operational", admin.Text("#clients tbody .badge"));
        await portal.ExecuteAsync(
            $"INSERT INTO incidents (client_id, widget_id, opened_at, last_failure_at, failures, visitors) SELECT client_id, id, now(), now(), 9, 3 FROM widgets WHERE client_id = (SELECT id FROM clients WHERE name = '{mark} 08')"
        );
        await admin.OpenAsync($"/admin/clients?search={Uri.EscapeDataString(mark)}&sort=failed");
        Assert.Equal("Down", admin.Text("#clients tbody .badge"));
        Assert.Contains(
            "Operational",
            admin.Page.QuerySelectorAll("#clients tbody .badge").Select(badge => badge.TextContent)
        );
    }

    private async Task<Visitor> AdminAsync() => await portal.SignedInAsync(await portal.NewUserAsync());

    private Task<List<ChangeLog>> LogsAsync(Guid client) =>
        portal.As(client, db => db.ChangeLogs.OrderBy(log => log.Id).ToListAsync());

    // The names of tables that still hold a row of the client, but for the log.
    private async Task<string> LeftOfAsync(Guid client)
    {
        await using var owner = NpgsqlDataSource.Create(
            portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!
        );
        await using var tables = owner.CreateCommand(
            """
            SELECT string_agg(format('SELECT %L WHERE EXISTS (SELECT FROM %I WHERE %I = $1)', c.relname, c.relname, CASE c.relname WHEN 'clients' THEN 'id' ELSE 'client_id' END), ' UNION ALL ')
            FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'change_logs'
              AND (c.relname = 'clients' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped))
            """
        );
        await using var left = owner.CreateCommand(
            $"SELECT coalesce(string_agg(name, ', '), '') FROM ({await tables.ExecuteScalarAsync()}) AS t (name)"
        );
        left.Parameters.AddWithValue(client);
        return (string)(await left.ExecuteScalarAsync())!;
    }
}
