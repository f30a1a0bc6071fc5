using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using MimeKit;
using Portal.Audit;
using Portal.Tests.Mail;
using static Microsoft.Playwright.Assertions;

namespace Portal.Tests.Browser;

/// <summary>A webhook that breaks and is mended, as the visitor, the owner, an admin and a mailbox see it.</summary>
[Trait("Speed", "slow")]
public sealed partial class AlertTests(Chromium chromium)
{
    private const string Admin = "root@agency.example";
    private const string Password = "an admin of this test";
    private const string Reader = "nights@alderfinch.example";

    [Fact]
    public async Task A_broken_webhook_becomes_an_incident_a_mail_and_when_it_is_mended_another()
    {
        await using var smtp = new SmtpServer();
        await smtp.StartAsync();
        await using var stage = await Stage.OpenAsync(
            chromium,
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 900 },
                Locale = "en-GB",
            },
            [
                ("Portal:Admin:Email", Admin),
                ("Portal:Admin:Password", Password),
                ("Portal:AdminsNeedSecondFactor", "false"),
                .. smtp.Settings,
            ]
        );
        var owner = stage.Page;
        await stage.SignInAsync();
        await using var street = await chromium.NewContextAsync(
            new()
            {
                ViewportSize = new() { Width = 1280, Height = 900 },
                Locale = "en-GB",
            }
        );
        var visitor = await street.NewPageAsync();
        await using var office = await chromium.NewContextAsync(
            new() { BaseURL = new Uri(owner.Url).GetLeftPart(UriPartial.Authority), Locale = "en-GB" }
        );
        var admin = await office.NewPageAsync();
        await Stage.SignInAsync(admin, Admin, Password);

        // Somebody wants to be told, and says so by mail.
        await owner.GotoAsync("/settings/alerts");
        await owner.GetByLabel("Add recipient").FillAsync(Reader);
        await owner.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await Expect(owner.Locator("main")).ToContainTextAsync("Pending");
        var asked = await NextToReaderAsync(smtp);
        await visitor.GotoAsync(Link().Match(asked.TextBody!).Value);
        await visitor.Locator("main form button").ClickAsync();
        await Expect(visitor.Locator("main")).ToContainTextAsync("You’re subscribed");

        // The workflow is renamed in n8n: nobody answers at the old address.
        await owner.GotoAsync("/widgets");
        await owner.Locator("main a[href^='/widgets/']:not([href$=new])").First.ClickAsync();
        await owner.GetByRole(AriaRole.Link, new() { Name = "Connection" }).First.ClickAsync();
        var address = owner.GetByLabel("Webhook URL", new() { Exact = true });
        var works = await address.InputValueAsync();
        await SaveAsync(owner, works.Replace("/sample/", "/renamed/", StringComparison.Ordinal));
        var chat = visitor.GetByRole(AriaRole.Dialog);
        await visitor.GotoAsync(stage.ShopUrl);
        await visitor.GetByRole(AriaRole.Button, new() { Name = "Chat", Exact = true }).ClickAsync();
        await chat.GetByRole(AriaRole.Textbox).FillAsync("Is anybody there?");
        await visitor.Keyboard.PressAsync("Enter");
        await UntilLoggedAsync(stage, "Is anybody there?", "failed");
        await Expect(chat).Not.ToContainTextAsync("30 days");

        await RunIncidentsAsync(admin);
        var opened = await NextToReaderAsync(smtp);
        Assert.Contains("is down since ", opened.Subject, StringComparison.Ordinal);
        await owner.GotoAsync("/errors");
        await Expect(owner.Locator("main")).ToContainTextAsync("1 widget is down");
        await Expect(owner.Locator("main section").First)
            .ToContainTextAsync("Publish the workflow (in older n8n, turn on Active)");
        await Expect(owner.Locator("#failures")).ToContainTextAsync("Is anybody there?");

        // Mended from that very page, and asked again by the same visitor.
        await owner.GetByRole(AriaRole.Link, new() { Name = "Connection" }).First.ClickAsync();
        await SaveAsync(owner, works);
        await chat.GetByRole(AriaRole.Textbox).FillAsync("Can I return a sofa?");
        await visitor.Keyboard.PressAsync("Enter");
        await Expect(chat).ToContainTextAsync("30 days");
        await UntilLoggedAsync(stage, "Can I return a sofa?", "answered");

        // Once it has answered for a quarter of an hour, it is over.
        await RunIncidentsAsync(admin);
        await UntilAsync(stage, "SELECT EXISTS (SELECT FROM incidents WHERE ended_at IS NOT NULL)");
        await UntilAsync(
            stage,
            """
            WITH e AS (UPDATE webhook_errors SET occurred_at = occurred_at - interval '15 minutes'), i AS (UPDATE incidents SET last_failure_at = last_failure_at - interval '15 minutes')
            SELECT true
            """
        );
        await RunIncidentsAsync(admin);
        var over = await NextToReaderAsync(smtp);
        Assert.EndsWith("is back up", over.Subject, StringComparison.Ordinal);
        await owner.GotoAsync("/errors");
        await Expect(owner.Locator("main")).ToContainTextAsync("All widgets operational");
        await Expect(owner.GetByRole(AriaRole.Heading, new() { Name = "Resolved incidents" })).ToBeVisibleAsync();
    }

    private static async Task SaveAsync(IPage owner, string address)
    {
        await owner.GetByLabel("Webhook URL", new() { Exact = true }).FillAsync(address);
        var saved = owner.WaitForResponseAsync(response =>
            response.Request.Method == "POST" && !response.Url.Contains("handler=Address", StringComparison.Ordinal)
        );
        await owner.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        Assert.Equal(200, (await saved).Status);
    }

    private static async Task RunIncidentsAsync(IPage admin)
    {
        await admin.GotoAsync("/admin/jobs");
        await admin.Locator("tr", new() { HasText = "Incidents and alerts" }).GetByRole(AriaRole.Button).ClickAsync();
    }

    private static Task UntilLoggedAsync(Stage stage, string question, string status) =>
        UntilAsync(stage, "SELECT EXISTS (SELECT FROM chat_logs WHERE message = $1 AND status = $2)", question, status);

    private static Task UntilAsync(Stage stage, string sql, params string[] values) =>
        Timeouts.UntilAsync(async () =>
        {
            await using var superuser = await stage.Database.AsSuperuserAsync();
            await using var command = superuser.CreateCommand(sql);
            foreach (var value in values)
            {
                command.Parameters.AddWithValue(value);
            }

            return (bool)(await command.ExecuteScalarAsync())!;
        });

    // The portal writes to others as well, of a sign-in from a new device for one.
    private static async Task<MimeMessage> NextToReaderAsync(SmtpServer smtp)
    {
        while (true)
        {
            var mail = await smtp.NextAsync();
            if (mail.To.Contains(Reader))
            {
                return MimeMessage.Load(new MemoryStream(Encoding.UTF8.GetBytes(mail.Raw)));
            }
        }
    }

    [GeneratedRegex(@"http://\S+/alerts/confirm\S+")]
    private static partial Regex Link();
}
