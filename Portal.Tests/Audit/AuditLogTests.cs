using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Audit;

/// <summary>Threats 39 and 49 of docs/security.md: what is written down, and that nobody unwrites it.</summary>
public sealed class AuditLogTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Canary = "canary-7c1e44-never-to-be-seen";

    private Portal.Data.Databases Databases => portal.Services.GetRequiredService<Portal.Data.Databases>();

    [Fact]
    public async Task What_is_done_to_a_widget_is_written_down_with_who_and_from_where()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/8c1b9a40-first");
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(shop.ClientId));
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");

        await owner.SubmitAsync(
            "#connection",
            ("WebhookUrl", "https://n8n.shop.example/webhook/8c1b9a40-other"),
            ("TimeoutSeconds", "60")
        );
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        await owner.SubmitAsync("#switch");

        var logs = await OfAsync(shop.ClientId);
        Assert.Equal(
            [AuditAction.WidgetConnected.Name, AuditAction.WidgetSwitchedOff.Name],
            logs.Select(log => log.Action)
        );
        var connected = logs[0];
        Assert.Equal(
            ("Kim Person", ActorRole.Owner, false, "Assistant"),
            (connected.ActorName, connected.ActorRole, connected.AsClient, connected.SubjectName)
        );
        Assert.NotNull(connected.Address);
        Assert.Equal("""{"webhook": "n8n.shop.example/…irst", "timeoutSeconds": "90"}""", connected.Before);
        Assert.Equal("""{"webhook": "n8n.shop.example/…ther", "timeoutSeconds": "60"}""", connected.After);
    }

    [Fact]
    public async Task Signing_in_failing_to_and_signing_out_are_written_down()
    {
        var user = await portal.NewOwnerAsync();
        await portal.SigningInAsync(user.Email!, "not the password at all");
        var owner = await portal.SigningInAsync(user.Email!, People.Password);
        await owner.OpenAsync("/account");
        await owner.SubmitAsync("main form[action='/account/sign-out']");

        var logs = await OfAsync(user.ClientId!.Value);

        Assert.Equal(
            [AuditAction.SignInFailed.Name, AuditAction.SignedIn.Name, AuditAction.SignedOut.Name],
            logs.Select(log => log.Action)
        );
        Assert.Equal([ActorRole.Unknown, ActorRole.Owner, ActorRole.Owner], logs.Select(log => log.ActorRole));
        Assert.Equal(user.Id, logs[0].SubjectId);
    }

    [Fact]
    public async Task An_account_that_is_guessed_at_fills_no_log()
    {
        var user = await portal.NewOwnerAsync();

        for (var i = 0; i < 16; i++)
        {
            await portal.SigningInAsync(user.Email!, "not the password at all");
        }

        // What the limit refuses is not looked at, and not written down.
        Assert.InRange((await OfAsync(user.ClientId!.Value)).Count, 5, 12);
    }

    [Fact]
    public async Task No_secret_gets_in_however_it_is_planted()
    {
        var shop = await portal.NewWidgetAsync($"https://n8n.shop.example/webhook/{Canary}");
        var user = await portal.NewUserAsync(shop.ClientId);
        var owner = await portal.SignedInAsync(user);
        await owner.OpenAsync($"/widgets/{shop.Id}/connection");
        await owner.SubmitAsync(
            "#connection",
            ("WebhookUrl", $"https://n8n.shop.example/{Canary}/x?token={Canary}"),
            ("TimeoutSeconds", "60")
        );
        await owner.OpenAsync("/account");
        await owner.SubmitAsync("#password", ("Change.Password", $"{Canary} and more"));
        await portal.SigningInAsync(user.Email!, $"{Canary} wrong");
        await portal.SigningInAsync(user.Email!, $"{Canary} and more");

        await using var command = Databases.Jobs.CreateCommand(
            "SELECT count(*) FILTER (WHERE client_id = $1), count(*) FILTER (WHERE change_logs::text LIKE $2) FROM change_logs"
        );
        command.Parameters.AddWithValue(shop.ClientId);
        command.Parameters.AddWithValue($"%{Canary}%");
        await using var counts = await command.ExecuteReaderAsync();
        await counts.ReadAsync();
        Assert.Equal((4L, 0L), (counts.GetInt64(0), counts.GetInt64(1)));
    }

    [Fact]
    public void Only_fields_on_the_list_can_be_written_down()
    {
        Assert.Empty(typeof(AuditChange).GetConstructors());
        var fields = typeof(AuditChange)
            .GetMethods()
            .Where(method => method.IsStatic && method.ReturnType == typeof(AuditChange))
            .Select(method => method.Name)
            .Order();

        // A new name here is a decision: it is read by owners and exported.
        Assert.Equal(
            [
                "AnswersLater",
                "Authentication",
                "Company",
                "ContactEmail",
                "Count",
                "Email",
                "Expires",
                "Factor",
                "Kind",
                "MonthlyBudget",
                "Name",
                "NewSecret",
                "Period",
                "RetentionDays",
                "Role",
                "TimeZone",
                "TimeoutSeconds",
                "Version",
                "Webhook",
                "Website",
            ],
            fields.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task An_entry_stays_one_line_whatever_was_typed()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var forged = "Kim\r\n2026-11-23 Maya deleted everything\u001b[31m\u202e" + new string('x', 5000);

        await portal.As(shop.ClientId, async db =>
        {
            await using var scope = portal.Services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Tenant>().Enter(shop.ClientId);
            scope
                .ServiceProvider.GetRequiredService<AuditLog>()
                .Add(db, AuditAction.Renamed, new Subject(null, forged), AuditChange.Name("x", forged));
            return await db.SaveChangesAsync();
        });

        var log = Assert.Single(await OfAsync(shop.ClientId));
        Assert.StartsWith("Kim2026-11-23", log.SubjectName, StringComparison.Ordinal);
        Assert.DoesNotContain(log.SubjectName!, char.IsControl);
        Assert.InRange(log.SubjectName!.Length, 100, 310);
    }

    [Theory]
    [InlineData("UPDATE change_logs SET actor_name = 'Nobody'")]
    [InlineData("DELETE FROM change_logs")]
    [InlineData("TRUNCATE change_logs")]
    public async Task No_role_that_the_portal_works_with_may_rewrite_the_log(string sql)
    {
        foreach (var database in new[] { Databases.Portal, Databases.Accounts, Databases.Journal, Databases.Jobs })
        {
            await using var command = database.CreateCommand(sql);
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }

        await using var asAdmin = Databases.Portal.CreateBatch();
        asAdmin.BatchCommands.Add(new("SET LOCAL ROLE portal_admin"));
        asAdmin.BatchCommands.Add(new(sql));
        Assert.Equal(
            PostgresErrorCodes.InsufficientPrivilege,
            (await Assert.ThrowsAsync<PostgresException>(() => asAdmin.ExecuteNonQueryAsync())).SqlState
        );
    }

    [Fact]
    public async Task Jobs_write_in_their_own_transaction_and_the_log_outlives_its_client()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        await using (var scope = portal.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<JobsDb>();
            await using var transaction = await db.Database.BeginTransactionAsync();
            var entry = scope
                .ServiceProvider.GetRequiredService<AuditLog>()
                .Entry(
                    Actor.System("clean-up"),
                    shop.ClientId,
                    AuditAction.WidgetDeleted,
                    new(shop.Id, "Assistant"),
                    AuditChange.Count(12)
                );
            db.Add(entry);
            await db.SaveChangesAsync();
            Assert.Equal(1, await db.Clients.Where(client => client.Id == shop.ClientId).ExecuteDeleteAsync());
            await transaction.CommitAsync();
        }

        var log = Assert.Single(await OfAsync(shop.ClientId));
        Assert.Equal(("clean-up", ActorRole.System, """{"count": "12"}"""), (log.ActorName, log.ActorRole, log.After));
    }

    private Task<List<ChangeLog>> OfAsync(Guid client) =>
        portal.As(client, db => db.ChangeLogs.OrderBy(log => log.Id).ToListAsync());
}
