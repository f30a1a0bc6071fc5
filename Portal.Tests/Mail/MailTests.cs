using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Portal.Accounts;
using Portal.Audit;
using Portal.Jobs;
using Portal.Mail;
using Portal.Model;
using Portal.Tests.Pages;

namespace Portal.Tests.Mail;

/// <summary>Fault 14 and threat 23 of docs/security.md, with a real mail server.</summary>
public sealed partial class MailTests(MailPortal mail) : IClassFixture<MailPortal>, IAsyncLifetime
{
    private readonly SmtpServer _server = mail.Server;
    private readonly PortalApp _portal = mail.Portal;

    public async ValueTask InitializeAsync() => await mail.EmptyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_forgotten_password_is_mailed_a_link_that_works_once()
    {
        var user = await _portal.NewOwnerAsync();

        var page = await AskAsync(user.Email!);
        var mail = await _server.NextAsync();
        var message = Parse(mail);

        Assert.Contains("Check your spam folder", page.Text("main"), StringComparison.Ordinal);
        Assert.Equal("/account/forgot", page.Attribute("main p a", "href"));

        Assert.True(mail is { Secure: true, User: "portal" });
        Assert.Equal([user.Email!], mail.To);
        Assert.Equal("Reset your Chat Portal password", message.Subject);
        Assert.Contains("auto-generated", message.Headers["Auto-Submitted"], StringComparison.Ordinal);
        var link = Link().Match(message.TextBody!).Value;
        Assert.Contains(
            link.Replace("&", "&amp;", StringComparison.Ordinal),
            message.HtmlBody,
            StringComparison.Ordinal
        );

        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(new Uri(link).PathAndQuery);
        await visitor.SubmitAsync("main form", ("Input.Password", "another long phrase to remember"));
        Assert.Equal("/dashboard", visitor.Path);
        await visitor.OpenAsync(new Uri(link).PathAndQuery);
        Assert.Equal(System.Net.HttpStatusCode.Gone, visitor.Status);
    }

    [Fact]
    public async Task An_unknown_address_gets_the_same_answer_and_no_mail()
    {
        var known = await _portal.NewOwnerAsync();

        var answers = new List<string>();
        foreach (var address in new[] { "nobody-at-all@people.test", known.Email! })
        {
            answers.Add((await AskAsync(address)).Text("main").Replace(address, "…", StringComparison.Ordinal));
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.Equal([known.Email!], (await _server.NextAsync()).To);
        Assert.True(_server.IsEmpty);
    }

    [Fact]
    public async Task A_graylisted_mail_is_sent_at_the_next_try_under_the_same_id()
    {
        var id = await QueueAsync("gray-1@people.test");
        await UntilAsync(id, mail => mail.LastError != null);
        Assert.Equal("451 Greylisted, come back later", (await FindAsync(id)).LastError);

        await DueAsync(id);
        await RunAsync(_portal);

        Assert.Equal($"{id:N}@localhost", Parse(await _server.NextAsync()).MessageId);
        Assert.Equal((EmailStatus.Sent, 2), await StateAsync(id));
    }

    [Fact]
    public async Task A_refused_mail_is_given_up_with_the_servers_reason_and_can_be_sent_again()
    {
        var id = await QueueAsync("moved-1@people.test");
        await UntilAsync(id, mail => mail.Status == EmailStatus.Failed);
        var admin = await _portal.SignedInAsync(await _portal.NewUserAsync());

        await admin.OpenAsync("/admin/mail");

        Assert.Contains("550 No such mailbox", admin.Text("main table"), StringComparison.Ordinal);
        await admin.SubmitAsync($"form:has([value='{id}'])");

        Assert.Equal(["moved-1@people.test"], (await _server.NextAsync()).To);
        Assert.Equal((EmailStatus.Sent, 1), await StateAsync(id));
    }

    [Fact]
    public async Task Nothing_is_lost_while_the_server_is_away_and_each_mail_comes_once()
    {
        await _server.StopAsync();
        var ids = new[]
        {
            await QueueAsync("a@people.test"),
            await QueueAsync("b@people.test"),
            await QueueAsync("c@people.test"),
        };
        await UntilAsync(ids[0], mail => mail.LastError != null);
        await _server.StartAsync();

        foreach (var id in ids)
        {
            await DueAsync(id);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(_portal)));

        var arrived = new[] { await _server.NextAsync(), await _server.NextAsync(), await _server.NextAsync() };
        Assert.Equal(["a@people.test", "b@people.test", "c@people.test"], arrived.SelectMany(mail => mail.To).Order());
        Assert.True(_server.IsEmpty);
    }

    [Fact]
    public async Task An_address_that_SMTP_carries_between_quotation_marks_only_gets_its_mail()
    {
        await QueueAsync("jane0.@people.test");

        Assert.Equal(["\"jane0.\"@people.test"], (await _server.NextAsync()).To);
    }

    [Fact]
    public async Task A_mail_that_cannot_be_written_is_noted_and_keeps_no_other_waiting()
    {
        // As only somebody with a hand in the database could have put it there.
        var broken = await QueueAsync("no address, at all");
        await QueueAsync("after@people.test");

        Assert.Equal(["after@people.test"], (await _server.NextAsync()).To);
        await UntilAsync(broken, mail => mail.LastError != null);
        var noted = await FindAsync(broken);
        Assert.Equal(EmailStatus.Queued, noted.Status);
        Assert.True(noted.NextAttemptAt > DateTimeOffset.UtcNow);
        var admin = await _portal.SignedInAsync(await _portal.NewUserAsync());
        await admin.OpenAsync("/admin/mail");
        Assert.Contains(noted.LastError!, admin.Text("main table"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_invitation_that_is_sent_twice_has_one_link_and_both_mails_open_it()
    {
        var owner = await _portal.NewOwnerAsync();
        var address = $"dropped-{Guid.NewGuid():N}@people.test";
        await _portal.With(
            (InvitationService desk) =>
                desk.InviteAsync(
                    owner.ClientId!.Value,
                    address,
                    "Nia",
                    UserRole.Member,
                    owner.Id,
                    owner.DisplayName,
                    default
                )
        );

        // The line breaks when the server has taken it and before it could say so.
        var taken = Parse(await _server.NextAsync());
        await UntilAsync(await IdOfAsync(address), mail => mail.LastError != null);
        await DueAsync(await IdOfAsync(address));
        await RunAsync(_portal);
        var again = Parse(await _server.NextAsync());

        Assert.Equal(
            (taken.MessageId, Welcome().Match(taken.TextBody!).Value),
            (again.MessageId, Welcome().Match(again.TextBody!).Value)
        );
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(new Uri(Welcome().Match(taken.TextBody!).Value).PathAndQuery);
        Assert.Equal(System.Net.HttpStatusCode.OK, visitor.Status);
    }

    [Fact]
    public async Task A_link_to_hand_over_stays_good_when_the_mail_leaves()
    {
        // Handed over while no mail server was configured; sent again by the portal that has one.
        var first = await _portal.OtherAsync();
        var admin = await first.SignedInAsync(await first.NewUserAsync());
        await admin.OpenAsync("/admin/clients/new");
        var address = $"{Guid.NewGuid():N}@people.test";
        await admin.SubmitAsync(
            "main form",
            ("Input.Name", $"Client {Guid.NewGuid():N}"),
            ("Input.OwnerName", "Nia"),
            ("Input.OwnerEmail", address)
        );
        var shown = Welcome().Match(admin.Body).Value;

        Assert.NotEqual("", shown);
        var client = await _portal.With(
            (AccountsDb db) =>
                db
                    .Invitations.Where(invitation => invitation.Email == address)
                    .Select(invitation => invitation.ClientId)
                    .SingleAsync()
        );
        var later = await _portal.SignedInAsync(await _portal.NewUserAsync());
        await later.OpenAsync($"/admin/clients/{client}");
        await later.SubmitAsync("#people form:has(input[name=invitation])");
        var mailed = Welcome().Match(Parse(await _server.NextAsync()).TextBody!).Value;

        Assert.Equal(new Uri(mailed).PathAndQuery, new Uri(shown).PathAndQuery);
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(new Uri(shown).PathAndQuery);
        Assert.Equal(System.Net.HttpStatusCode.OK, visitor.Status);
    }

    [Fact]
    public async Task A_name_can_not_write_headers_or_html()
    {
        var id = await QueueAsync(
            "kim@people.test",
            "Kim\r\nBcc: everybody@people.test\r\n\r\n<script>alert(1)</script>"
        );
        await UntilAsync(id, mail => mail.Status == EmailStatus.Sent);

        var mail = await _server.NextAsync();

        Assert.Equal(["kim@people.test"], mail.To);
        Assert.Null(Parse(mail).Headers["Bcc"]);
        Assert.DoesNotContain("<script>", Parse(mail).HtmlBody, StringComparison.Ordinal);
        Assert.Equal($"{id:N}@localhost", Parse(mail).MessageId);
    }

    [Fact]
    public async Task An_admin_sends_a_test_mail()
    {
        var user = await _portal.NewUserAsync();
        var admin = await _portal.SignedInAsync(user);

        await admin.OpenAsync("/admin/mail");
        await admin.SubmitAsync("form[action*='Test']");

        Assert.Equal([user.Email!], (await _server.NextAsync()).To);
    }

    [Fact]
    public async Task Without_a_mail_server_the_portal_says_so_and_keeps_what_waits()
    {
        var first = await _portal.OtherAsync();
        var admin = await first.SignedInAsync(await first.NewUserAsync());
        await admin.OpenAsync("/admin/mail");
        Assert.Contains("Email isn’t configured.", admin.Text("main"), StringComparison.Ordinal);

        var visitor = first.SignedOut();
        await visitor.OpenAsync("/account/forgot");
        Assert.Contains("Email isn’t set up on this portal.", visitor.Text("main"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a@b.example, c@d.example", false)]
    [InlineData("Kim <kim@b.example>", false)]
    [InlineData("kim@b.example\r\nBcc: x@y.example", false)]
    [InlineData("kim@", false)]
    [InlineData("@b.example", false)]
    [InlineData("kim@b", false)]
    [InlineData("kim@b.example.", false)]
    [InlineData("kim@b..example", false)]
    [InlineData("kim@-b.example", false)]
    [InlineData("kim o@b.example", false)]
    [InlineData("\"kim\"@b.example", false)]
    [InlineData("kim@c@b.example", false)]
    [InlineData("kim\u200b@b.example", false)]
    [InlineData("a123456789a123456789a123456789a123456789a123456789a123456789a123@b.example", true)]
    [InlineData("a123456789a123456789a123456789a123456789a123456789a123456789a1234@b.example", false)]
    [InlineData("kim@b.example", true)]
    [InlineData("kim+shop@b.example", true)]
    [InlineData("kim.@b.example", true)]
    [InlineData("kim..o@b.example", true)]
    [InlineData("kim@bücher.example", true)]
    public void An_address_is_exactly_one_mailbox_that_SMTP_can_carry(string address, bool isOne) =>
        Assert.Equal(isOne, EmailAddresses.IsOne(address));

    [Theory]
    [InlineData("From", "", "Portal:Mail:From must be")]
    [InlineData("From", "a@b.example,c@d.example", "Portal:Mail:From must be")]
    [InlineData("Port", "0", "Portal:Mail:Port must be")]
    [InlineData("Password", "", "belong together")]
    [InlineData("Security", "None", "in the clear")]
    [Trait("Speed", "slow")]
    public async Task Half_a_configuration_does_not_start(string key, string value, string reason)
    {
        (string, string)[] settings =
        [
            .. _portal
                .Settings.Where(setting => setting.Key != "Portal:PublicUrl")
                .Select(setting => (setting.Key, setting.Value)),
            .. _server.Settings.Where(setting => setting.Key != $"Portal:Mail:{key}"),
            ($"Portal:Mail:{key}", value),
        ];

        var error = await Assert.ThrowsAnyAsync<Exception>(async () => await PortalProcess.StartAsync(settings));

        Assert.Contains(reason, error.ToString(), StringComparison.Ordinal);
    }

    private async Task<Visitor> AskAsync(string address)
    {
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync("/account/forgot");
        await visitor.SubmitAsync("main form", ("Input.Email", address));
        return visitor;
    }

    private Task<Guid> QueueAsync(string address, string? name = null) =>
        _portal.With(
            async (AccountsDb db) =>
            {
                var email = new Email
                {
                    Template = TestEmail.Template,
                    ToAddress = address,
                    ToName = name,
                };
                db.Add(email);
                await db.SaveChangesAsync();
                return email.Id;
            }
        );

    private Task<Guid> IdOfAsync(string address) =>
        _portal.AsAgency(db =>
            db.Emails.Where(email => email.ToAddress == address).Select(email => email.Id).SingleAsync()
        );

    private Task<Email> FindAsync(Guid id) =>
        _portal.AsAgency(db => db.Emails.AsNoTracking().SingleAsync(e => e.Id == id));

    private async Task<(EmailStatus, int)> StateAsync(Guid id)
    {
        await UntilAsync(id, mail => mail.Status != EmailStatus.Queued);
        var email = await FindAsync(id);
        return (email.Status, email.Attempts);
    }

    private async Task UntilAsync(Guid id, Func<Email, bool> reached)
    {
        var deadline = DateTimeOffset.UtcNow + Timeouts.Limit;
        while (!reached(await FindAsync(id)))
        {
            Assert.True(
                DateTimeOffset.UtcNow < deadline,
                $"The mail stays {(await FindAsync(id)).Status}: {(await FindAsync(id)).LastError}"
            );
            await Task.Delay(50);
        }
    }

    private async Task DueAsync(Guid id)
    {
        await using var command = _portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"UPDATE emails SET next_attempt_at = now() WHERE id = '{id}'"
                )
            );
        await command.ExecuteNonQueryAsync();
    }

    private static Task<bool> RunAsync(PortalApp portal) =>
        portal.With(
            async (OutboxJob job) =>
            {
                await job.RunAsync(new JobProgress(), default);
                return true;
            }
        );

    private static MimeMessage Parse(SmtpServer.Mail mail) =>
        MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(mail.Raw)));

    [GeneratedRegex(@"http://[^\s""<&]+/account/welcome\?t=[\w-]+")]
    private static partial Regex Welcome();

    [GeneratedRegex(@"http://\S+/account/reset\S+")]
    private static partial Regex Link();
}
