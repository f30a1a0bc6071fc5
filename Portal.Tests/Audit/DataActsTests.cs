using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Audit;

/// <summary>What is taken out, erased, started and sent again by hand is logged.</summary>
public sealed class DataActsTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task Erasing_and_exporting_a_visitor_is_logged_where_the_owner_reads_it()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var session = await portal.HadAsync(shop, new("Mine?", DateTimeOffset.UtcNow));
        await portal.HadAsync(shop, new("Somebody else's?", DateTimeOffset.UtcNow));
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/conversations/{session}");
        var visitor = await portal.As(shop.ClientId, db =>
            db.VisitorSessions.Where(s => s.Id == session).Select(s => s.VisitorId).SingleAsync()
        );
        Assert.Equal(visitor, owner.Text("#details copy-field code"));
        await owner.OpenAsync($"/conversations/export?visitor={session}");
        Assert.Contains("Mine?", owner.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Somebody else", owner.Body, StringComparison.Ordinal);
        await owner.OpenAsync("/analytics/export");
        await owner.OpenAsync($"/conversations/{session}/erase");
        await owner.SubmitAsync("main form");

        Assert.Equal(["data.exported", "data.analytics_exported", "data.erased"], await ActsAsync(shop.ClientId));
        Assert.DoesNotContain(
            visitor,
            await portal.As(shop.ClientId, db =>
                db.ChangeLogs.Where(log => log.Action == "data.erased").Select(log => log.SubjectName).SingleAsync()
            ),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_admin_who_erases_through_a_clients_eyes_is_logged_as_such()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var session = await portal.HadAsync(shop, new("Mine?", DateTimeOffset.UtcNow));
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());
        await admin.OpenAsync($"/admin/clients/{shop.ClientId}");
        await admin.SubmitAsync("#view-as");

        await admin.OpenAsync($"/conversations/{session}/erase");
        await admin.SubmitAsync("main form");

        var log = await portal.As(shop.ClientId, db => db.ChangeLogs.SingleAsync(log => log.Action == "data.erased"));
        Assert.Equal((true, ActorRole.Admin), (log.AsClient, log.ActorRole));
    }

    [Fact]
    public async Task A_job_started_a_mail_sent_again_and_a_test_mail_are_logged()
    {
        var person = await portal.NewUserAsync();
        var admin = await portal.SignedInAsync(person);
        var email = new Email { Template = "test", ToAddress = person.Email! };
        await portal.With(
            (AccountsDb db) =>
            {
                db.Add(email);
                return db.SaveChangesAsync();
            }
        );

        await admin.OpenAsync("/admin/jobs");
        await admin.PostAsync("/admin/jobs?handler=Run", ("job", "pending-messages"), Token(admin));
        await admin.OpenAsync("/admin/mail");
        await admin.PostAsync("/admin/mail?handler=Resend", ("mail", $"{email.Id}"), Token(admin));
        await admin.PostAsync("/admin/mail?handler=Test", Token(admin));

        var acts = await portal.With(
            (AccountsDb db) =>
                db
                    .ChangeLogs.Where(log => log.ActorId == person.Id)
                    .OrderBy(log => log.OccurredAt)
                    .Select(log => log.Action)
                    .ToListAsync()
        );
        Assert.Equal(["platform.job_started", "platform.mail_resent", "platform.test_mail"], acts);
    }

    private static (string, string) Token(Visitor visitor) =>
        ("__RequestVerificationToken", visitor.Attribute("input[name=__RequestVerificationToken]", "value")!);

    private Task<List<string>> ActsAsync(Guid client) =>
        portal.As(client, db => db.ChangeLogs.OrderBy(log => log.OccurredAt).Select(log => log.Action).ToListAsync());
}
