using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Pages;

namespace Portal.Tests.Audit;

public sealed class AuditPageTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task Owners_read_what_was_done_and_what_it_was_before()
    {
        var client = await portal.NewClientAsync();
        await RecordAsync(
            client.Id,
            AuditAction.RoleChanged,
            "Maya Kowalski",
            AuditChange.Role(UserRole.Member, UserRole.Owner)
        );
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(client.Id));

        await owner.OpenAsync("/audit");

        var row = Assert.Single(owner.Page.QuerySelectorAll("#log tbody tr"));
        Assert.Contains("changed the role of Maya Kowalski", row.TextContent, StringComparison.Ordinal);
        Assert.Equal(
            ("Member", "Owner"),
            (row.QuerySelector("del")!.TextContent, row.QuerySelector("ins")!.TextContent)
        );
    }

    [Fact]
    public async Task Fields_are_shown_by_their_names_and_times_by_the_clients_clock_and_exports_keep_what_was_stored()
    {
        var client = await portal.NewClientAsync();
        await portal.ExecuteAsync($"UPDATE clients SET time_zone = 'Europe/Berlin' WHERE id = '{client.Id}'");
        await RecordAsync(
            client.Id,
            AuditAction.DemoChanged,
            "Northwind",
            AuditChange.Expires(null, new(2026, 12, 14, 9, 52, 0, TimeSpan.Zero))
        );
        await RecordAsync(client.Id, AuditAction.FactorAdded, "Maya", AuditChange.Factor(FactorKind.Authenticator));
        await RecordAsync(
            client.Id,
            AuditAction.WidgetConnected,
            "Sofa bot",
            AuditChange.Authentication(WebhookAuth.None, WebhookAuth.Signed),
            AuditChange.AnswersLater(false, true)
        );
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(client.Id));

        await owner.OpenAsync("/audit");

        string[] shown =
        [
            .. owner.Page.QuerySelectorAll("#log .small.ink-3.wrap-x").Select(field => field.TextContent.Trim()),
        ];
        Assert.Equal(
            [
                "Asynchronous replies: off → on",
                "Authentication: None → Signed requests",
                "Method: Authenticator app",
                "Expires: 14 Dec 2026, 10:52",
            ],
            shown
        );
        await owner.OpenAsync("/audit/export");
        Assert.Contains("expires: 2026-12-14 09:52 UTC", owner.Page.Source.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_reads_another_clients_log_and_members_none()
    {
        var (ours, theirs) = (await portal.NewClientAsync(), await portal.NewClientAsync());
        await RecordAsync(theirs.Id, AuditAction.WidgetDeleted, "Secret plan");
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(ours.Id));
        var member = await portal.SignedInAsync(await portal.NewUserAsync(theirs.Id, UserRole.Member));

        await owner.OpenAsync($"/audit?client={theirs.Id}");
        Assert.Contains("No activity yet", owner.Text("#log"), StringComparison.Ordinal);
        await owner.OpenAsync($"/audit/export?client={theirs.Id}");
        Assert.DoesNotContain("Secret plan", owner.Page.Source.Text, StringComparison.Ordinal);

        await member.OpenAsync("/audit");
        Assert.Equal(HttpStatusCode.Forbidden, member.Status);
    }

    [Fact]
    public async Task The_agency_reads_all_of_it_and_picks_out_one_client()
    {
        var (one, two) = (await portal.NewClientAsync(), await portal.NewClientAsync());
        await RecordAsync(one.Id, AuditAction.WidgetDeleted, "Sofa bot");
        await RecordAsync(two.Id, AuditAction.WidgetDeleted, "Lamp bot");
        var admin = portal.SignedInAsAdmin();

        await admin.OpenAsync($"/admin/audit?client={one.Id}");
        Assert.Contains("Sofa bot", admin.Text("#log"), StringComparison.Ordinal);
        Assert.DoesNotContain("Lamp bot", admin.Text("#log"), StringComparison.Ordinal);
        Assert.Contains(one.Name, admin.Text("#log .log-client"), StringComparison.Ordinal);

        await admin.OpenAsync("/admin/audit?q=lamp&kind=widget");
        Assert.Contains(two.Name, admin.Text("#log"), StringComparison.Ordinal);
        await admin.OpenAsync("/admin/audit?q=lamp&kind=session");
        Assert.Contains("No results", admin.Text("#log"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_is_read_in_pages_forth_and_back_without_a_gap()
    {
        var client = await portal.NewClientAsync();
        await RecordManyAsync(client.Id, 120);
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(client.Id));
        var seen = new List<string>();

        await owner.OpenAsync("/audit");
        seen.AddRange(Names(owner));
        while (
            owner
                .Page.QuerySelectorAll(".pager-x a")
                .FirstOrDefault(link => link.TextContent.Contains("Older", StringComparison.Ordinal))
                is { } older
        )
        {
            await owner.OpenAsync(older.GetAttribute("href")!);
            seen.AddRange(Names(owner));
        }

        Assert.Equal(120, seen.Count);
        Assert.Equal(Enumerable.Range(0, 120).Select(i => $"Widget {i}").Order(), seen.Order());
        await owner.OpenAsync(
            owner
                .Page.QuerySelectorAll(".pager-x a")
                .Single(link => link.TextContent.Contains("Newer", StringComparison.Ordinal))
                .GetAttribute("href")!
        );
        Assert.Equal(seen[50..100], Names(owner));
    }

    [Fact]
    public async Task The_export_holds_every_row_and_no_formula()
    {
        var client = await portal.NewClientAsync();
        await RecordManyAsync(client.Id, 1100);
        await RecordAsync(client.Id, AuditAction.WidgetCreated, "=HYPERLINK(\"https://evil.example\")");
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(client.Id));

        await owner.OpenAsync("/audit/export");

        var text = await owner.Response.Content.ReadAsStringAsync();
        Assert.Equal("text/csv", owner.Response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith(
            "attachment; filename=\"audit-",
            owner.Response.Content.Headers.ContentDisposition!.ToString(),
            StringComparison.Ordinal
        );
        Assert.Equal(1 + 1100 + 1 + 1, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("'=HYPERLINK", text, StringComparison.Ordinal);
        Assert.Contains(AuditAction.AuditExported.Name, text, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(Visitor visitor) =>
        visitor.Page.QuerySelectorAll("#log tbody tr td:first-child b:last-of-type").Select(name => name.TextContent);

    private Task<int> RecordManyAsync(Guid client, int count) => RecordAsync(client, (db, audit) =>
        {
            for (var i = 0; i < count; i++)
            {
                audit.Add(db, AuditAction.WidgetSwitchedOn, new Subject(null, $"Widget {i}"));
            }
        });

    private Task<int> RecordAsync(Guid client, AuditAction act, string subject, params AuditChange[] facts) =>
        RecordAsync(client, (db, audit) => audit.Add(db, act, new Subject(null, subject), facts));

    private async Task<int> RecordAsync(Guid client, Action<PortalDb, AuditLog> record)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Enter(client);
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        record(db, scope.ServiceProvider.GetRequiredService<AuditLog>());
        return await db.SaveChangesAsync();
    }
}
