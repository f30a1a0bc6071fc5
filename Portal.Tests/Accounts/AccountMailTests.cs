using System.Net;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using MimeKit;
using Portal.Accounts;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;
using Portal.Tests.Mail;
using Portal.Tests.Pages;
using Portal.Tests.Pages.Account;
using Portal.Web;

namespace Portal.Tests.Accounts;

/// <summary>What people are told and asked by mail, with a real mail server.</summary>
public sealed partial class AccountMailTests(AccountMailTests.OpenPortal mail)
    : IClassFixture<AccountMailTests.OpenPortal>,
        IAsyncLifetime
{
    private readonly SmtpServer _server = mail.Server;
    private readonly PortalApp _portal = mail.Portal;

    public async ValueTask InitializeAsync() => await mail.EmptyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_sign_in_from_a_new_device_is_mailed_and_one_from_a_known_device_is_not()
    {
        var user = await _portal.NewOwnerAsync();
        var laptop = await SignInAsync(
            user,
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15"
        );
        await SignInAgainAsync(laptop, user);

        await SignInAsync(user, "Mozilla/5.0 (Windows NT 10.0) Firefox/145.0");

        var mail = await _server.NextAsync();
        Assert.Equal([user.Email!], mail.To);
        Assert.Equal("New sign-in to Chat Portal", Parse(mail).Subject);
        Assert.Contains("Device: Firefox on Windows", Parse(mail).TextBody, StringComparison.Ordinal);
        Assert.Contains("/account/sessions", Parse(mail).TextBody, StringComparison.Ordinal);
        Assert.True(_server.IsEmpty);
    }

    [Fact]
    public async Task Every_factor_that_comes_or_goes_and_new_codes_are_mailed()
    {
        var user = await _portal.NewOwnerAsync();
        var visitor = await _portal.SignedInAsync(user);
        await visitor.OpenAsync("/account/factors");
        var key = visitor.Text("form[action*='AddApp'] code").Replace(" ", "", StringComparison.Ordinal);
        await visitor.SubmitAsync("form[action*='AddApp']", ("code", TwoFactorTests.CodeOf(key)));
        await visitor.OpenAsync("/account/factors");
        await visitor.SubmitAsync("#recovery form");
        await visitor.SubmitAsync("form[action*='RemoveApp']");
        await visitor.SubmitAsync("#removing form");

        var mails = new[]
        {
            await _server.NextAsync(),
            await _server.NextAsync(),
            await _server.NextAsync(),
            await _server.NextAsync(),
        };

        Assert.All(mails, mail => Assert.Equal([user.Email!], mail.To));
        var texts = mails.Select(mail => Parse(mail).TextBody!).ToList();
        foreach (
            var (news, times) in new[]
            {
                ("added an authenticator app to", 1),
                ("added new recovery codes to", 2),
                ("removed the authenticator app from", 1),
            }
        )
        {
            Assert.Equal(times, texts.Count(text => text.Contains($"{news} your account", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_passkey_that_goes_is_mailed()
    {
        var user = await _portal.NewOwnerAsync();
        await _portal.WithPasskeyAsync(user, "Planted");
        var visitor = await _portal.SignedInAsync(await _portal.FindAsync(user));
        await visitor.OpenAsync("/account/factors");
        await visitor.SubmitAsync("form[action*='RemovePasskey']");
        await visitor.SubmitAsync("#removing form");

        var mail = await _server.NextAsync();

        Assert.Equal([user.Email!], mail.To);
        Assert.Contains(
            "removed the passkey “Planted” from your account",
            Parse(mail).TextBody,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_address_changes_once_both_have_said_yes_in_either_order(bool isNewFirst)
    {
        var (user, email) = (await _portal.NewOwnerAsync(), $"{Guid.NewGuid():N}@new.test");
        var elsewhere = await _portal.SignedInAsync(user, TimeSpan.FromMinutes(2));
        await AskAsync(user, email);
        var links = await LinksAsync(user.Email!, email);

        foreach (
            var (link, isLast) in new[]
            {
                (links[isNewFirst ? email : user.Email!], false),
                (links[isNewFirst ? user.Email! : email], true),
            }
        )
        {
            var visitor = _portal.SignedOut();
            await visitor.OpenAsync(link);
            Assert.NotEqual(email, (await _portal.FindAsync(user)).Email);
            await visitor.SubmitAsync("#confirm");
            Assert.Contains(
                isLast ? $"Sign in with {email} from now on." : "is confirmed, too",
                visitor.Text("#outcome"),
                StringComparison.Ordinal
            );
        }

        var changed = await _portal.FindAsync(user);
        Assert.Equal(
            (email, email, email.ToUpperInvariant(), true),
            (changed.Email, changed.UserName, changed.NormalizedEmail, changed.EmailConfirmed)
        );
        Assert.Equal("/dashboard", (await _portal.SigningInAsync(email, People.Password)).Path);
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            (await _portal.SigningInAsync(user.Email!, People.Password)).Status
        );
        await elsewhere.OpenAsync("/account");
        Assert.Equal(AccessPolicies.SignInPath, elsewhere.Path);
        var log = await _portal.With(
            (AccountsDb db) =>
                db.ChangeLogs.SingleAsync(log =>
                    log.SubjectId == user.Id && log.Action == AuditAction.EmailChanged.Name
                )
        );
        Assert.Contains(user.Email!, log.Before, StringComparison.Ordinal);
        Assert.Contains(email, log.After, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_old_address_says_no_and_nothing_happens()
    {
        var (user, email) = (await _portal.NewOwnerAsync(), $"{Guid.NewGuid():N}@new.test");
        await AskAsync(user, email);
        var links = await LinksAsync(user.Email!, email);
        var thief = _portal.SignedOut();
        await thief.OpenAsync(links[email]);
        await thief.SubmitAsync("#confirm");

        var victim = _portal.SignedOut();
        await victim.OpenAsync(links[user.Email!]);
        await victim.SubmitAsync("#confirm", to: victim.Attribute("#confirm button[formaction]", "formaction"));

        Assert.Contains("Email change canceled", victim.Text("#outcome"), StringComparison.Ordinal);
        await thief.OpenAsync(links[email]);
        Assert.Equal(HttpStatusCode.Gone, thief.Status);
        Assert.Equal(user.Email, (await _portal.FindAsync(user)).Email);
    }

    [Fact]
    public async Task A_taken_address_is_told_so_by_mail_and_the_asker_learns_nothing()
    {
        var (user, other) = (await _portal.NewOwnerAsync(), await _portal.NewOwnerAsync());
        var visitor = await AskAsync(user, other.Email!);
        Assert.Contains("Confirmation pending", visitor.Text("#asked"), StringComparison.Ordinal);

        var mails = new[] { await _server.NextAsync(), await _server.NextAsync() };

        var theirs = Parse(mails.Single(mail => mail.To.Contains(other.Email!)));
        Assert.Equal("You already have a Chat Portal account", theirs.Subject);
        Assert.DoesNotContain("/account/email/confirm", theirs.TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_somebody_took_meanwhile_stays_theirs()
    {
        var (user, email) = (await _portal.NewOwnerAsync(), $"{Guid.NewGuid():N}@new.test");
        await AskAsync(user, email);
        var links = await LinksAsync(user.Email!, email);
        await _portal.With(
            (Microsoft.AspNetCore.Identity.UserManager<User> users) =>
                users.CreateAsync(
                    new()
                    {
                        DisplayName = "Other",
                        Role = UserRole.Admin,
                        UserName = email,
                        Email = email,
                    }
                )
        );

        var visitor = _portal.SignedOut();
        foreach (var link in links.Values)
        {
            await visitor.OpenAsync(link);
            await visitor.SubmitAsync("#confirm");
        }

        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
        Assert.Equal(user.Email, (await _portal.FindAsync(user)).Email);
    }

    [Fact]
    public async Task A_new_address_needs_a_recent_proof()
    {
        var user = await _portal.NewOwnerAsync();
        var visitor = await _portal.SignedInAsync(user, TimeSpan.FromMinutes(11));
        await visitor.OpenAsync("/account/email");

        await visitor.SubmitAsync("#email", ("Input.Email", "kim@new.test"));
        await visitor.SubmitAsync("#confirm-password", ("Proof.Password", "wrong"));

        Assert.Contains("Incorrect password.", visitor.Text("#confirm-password"), StringComparison.Ordinal);
        Assert.Equal(
            0,
            await _portal.With((AccountsDb db) => db.EmailChanges.CountAsync(change => change.UserId == user.Id))
        );
    }

    [Fact]
    public async Task An_invitation_goes_by_mail_and_can_be_mailed_again_with_the_same_link()
    {
        var (owner, email) = (await _portal.NewOwnerAsync(), $"{Guid.NewGuid():N}@team.test");
        var visitor = await _portal.SignedInAsync(owner);
        await visitor.OpenAsync("/team");
        await visitor.SubmitAsync("#invite", ("Input.Name", "Nia"), ("Input.Email", email));
        Assert.Null(visitor.Page.QuerySelector("#handover"));
        var before = LinkOf(await _server.NextAsync());

        await visitor.SubmitAsync("#invited form[action*=Resend]");
        var mail = await _server.NextAsync();

        Assert.Equal([email], mail.To);
        Assert.StartsWith("Kim Person invited you to ", Parse(mail).Subject, StringComparison.Ordinal);
        Assert.Equal(before, LinkOf(mail));
        var newcomer = _portal.SignedOut();
        await newcomer.OpenAsync(before);
        await newcomer.SubmitAsync("#welcome", ("Input.Password", People.Password));
        Assert.Equal("/dashboard", newcomer.Path);
    }

    [Fact]
    public async Task Where_mail_is_configured_nobody_is_shown_a_link_to_hand_over()
    {
        var owner = await _portal.NewOwnerAsync();
        var visitor = await _portal.SignedInAsync(owner);
        await visitor.OpenAsync("/team");
        await visitor.SubmitAsync("#invite", ("Input.Name", "Nia"), ("Input.Email", $"{Guid.NewGuid():N}@team.test"));
        var invitation = await _portal.With(
            (AccountsDb db) => db.Invitations.SingleAsync(i => i.ClientId == owner.ClientId)
        );
        Assert.Null(visitor.Page.QuerySelector("form[action*=Link]"));
        await visitor.SubmitAsync("#invite", $"/team?handler=Link&invitation={invitation.Id}");
        Assert.Equal(HttpStatusCode.NotFound, visitor.Status);

        var admin = await _portal.SignedInAsync(await _portal.NewUserAsync());
        await admin.OpenAsync($"/admin/clients/{owner.ClientId}");
        Assert.Null(admin.Page.QuerySelector("form[action*=Link]"));
        await admin.SubmitAsync("#invite", $"/admin/clients/{owner.ClientId}?handler=Link&invitation={invitation.Id}");
        Assert.Equal(HttpStatusCode.NotFound, admin.Status);

        await admin.OpenAsync("/admin/clients/new");
        await admin.SubmitAsync(
            "#new-client",
            ("Input.Name", $"Alder {Guid.NewGuid():N}"),
            ("Input.OwnerName", "Maya"),
            ("Input.OwnerEmail", $"{Guid.NewGuid():N}@alder.test")
        );
        Assert.Matches("^/admin/clients/[0-9a-f-]{36}$", admin.Path);
        Assert.DoesNotContain("/account/welcome", admin.Body, StringComparison.Ordinal);
        Assert.True(await _portal.With((AccountsDb db) => db.Invitations.AllAsync(i => !i.HandedOver)));
    }

    [Fact]
    public async Task Whoever_reads_the_mailbox_is_told_that_it_has_an_account_and_an_account_from_a_mail_is_confirmed()
    {
        var (owner, elsewhere, email) = (
            await _portal.NewOwnerAsync(),
            await _portal.NewOwnerAsync(),
            $"{Guid.NewGuid():N}@team.test"
        );
        var visitor = await _portal.SignedInAsync(owner);
        await visitor.OpenAsync("/team");
        await visitor.SubmitAsync("#invite", ("Input.Name", "Nia"), ("Input.Email", elsewhere.Email!));
        var taken = _portal.SignedOut();
        await taken.OpenAsync(LinkOf(await _server.NextAsync()));
        Assert.Contains("belongs to another team", taken.Text("#taken"), StringComparison.Ordinal);

        await visitor.SubmitAsync("#invite", ("Input.Name", "Nia"), ("Input.Email", email));
        var newcomer = _portal.SignedOut();
        await newcomer.OpenAsync(LinkOf(await _server.NextAsync()));
        await newcomer.SubmitAsync("#welcome", ("Input.Password", People.Password));
        Assert.True(
            (await _portal.With((AccountsDb db) => db.Users.SingleAsync(user => user.Email == email))).EmailConfirmed
        );
    }

    [Fact]
    public async Task What_an_owner_typed_stands_in_mails_short_and_without_a_link()
    {
        var client = await _portal.NewClientAsync(
            $"Win a car at https://evil.example/car today {Guid.NewGuid():N} {Guid.NewGuid():N}"
        );
        var owner = await _portal.NewUserAsync(client.Id);
        await _portal.With(
            (AccountsDb db) =>
                db
                    .Users.Where(user => user.Id == owner.Id)
                    .ExecuteUpdateAsync(set =>
                        set.SetProperty(
                            user => user.DisplayName,
                            "You have won, go to www.evil.example and log in there now please"
                        )
                    )
        );
        var visitor = await _portal.SignedInAsync(await _portal.FindAsync(owner));
        await visitor.OpenAsync("/team");
        await visitor.SubmitAsync(
            "#invite",
            ("Input.Name", "Claim at evil.example now, as long as it lasts, dear friend"),
            ("Input.Email", $"{Guid.NewGuid():N}@team.test")
        );
        await visitor.OpenAsync("/settings/alerts");
        await visitor.SubmitAsync("#add-recipient", ("Input.Email", $"{Guid.NewGuid():N}@team.test"));

        foreach (var message in new[] { Parse(await _server.NextAsync()), Parse(await _server.NextAsync()) })
        {
            foreach (
                var text in new[] { message.Subject!, message.TextBody!, message.HtmlBody!, message.To.ToString() }
            )
            {
                Assert.DoesNotContain("evil.example", text, StringComparison.Ordinal);
                Assert.DoesNotContain("https://evil", text, StringComparison.Ordinal);
            }

            Assert.InRange(message.Subject!.Length, 1, 120);
            var page = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(message.HtmlBody!);
            // Another portal of this class may have written it, at a port of its own.
            Assert.All(page.QuerySelectorAll("a"), link =>
                Assert.Equal(_portal.Url.Host, new Uri(link.GetAttribute("href")!).Host)
            );
        }
    }

    [Fact]
    public async Task A_stranger_signs_up_and_owns_a_client_of_their_own()
    {
        var email = $"{Guid.NewGuid():N}@shop.test";
        await SignUpAsync(email);
        var mail = await MailToAsync(email);
        Assert.Equal("Confirm your email for Chat Portal", Parse(mail).Subject);
        Assert.Equal(0, await _portal.With((AccountsDb db) => db.Users.CountAsync(user => user.Email == email)));

        var newcomer = _portal.SignedOut();
        await newcomer.OpenAsync(LinkOf(mail));
        await newcomer.SubmitAsync("#welcome", ("Input.Password", People.Password));

        Assert.Equal("/dashboard", newcomer.Path);
        var made = await _portal.With((AccountsDb db) => db.Users.SingleAsync(user => user.Email == email));
        Assert.Equal(UserRole.Owner, made.Role);
        Assert.NotNull(made.ClientId);
    }

    [Fact]
    public async Task Who_signs_up_with_a_known_address_reads_the_same_and_the_mail_tells_its_owner()
    {
        var user = await _portal.NewOwnerAsync();

        var page = await SignUpAsync(user.Email!);

        Assert.Contains("We’ve sent a link to", page, StringComparison.Ordinal);
        Assert.Contains("Check your spam folder", page, StringComparison.Ordinal);
        var mail = await _server.NextAsync();
        Assert.Equal("You already have a Chat Portal account", Parse(mail).Subject);
        Assert.DoesNotContain("/account/welcome", Parse(mail).TextBody, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admin_lets_somebody_back_in_by_mail_and_every_old_way_ends()
    {
        var user = await _portal.NewOwnerAsync();
        var elsewhere = await _portal.SignedInAsync(user, TimeSpan.FromMinutes(2));
        await elsewhere.OpenAsync("/account/factors");
        var key = elsewhere.Text("form[action*='AddApp'] code").Replace(" ", "", StringComparison.Ordinal);
        await elsewhere.SubmitAsync("form[action*='AddApp']", ("code", TwoFactorTests.CodeOf(key)));
        var admin = await _portal.SignedInAsync(await _portal.NewUserAsync());
        await admin.OpenAsync($"/admin/people/{user.Id}");

        await admin.SubmitAsync("#recover");

        Assert.Null(admin.Page.QuerySelector("#handover"));
        var mails = new[] { await _server.NextAsync(), await _server.NextAsync(), await _server.NextAsync() };
        var mail = mails.Single(one => !Parse(one).Subject!.StartsWith("A sign-in method", StringComparison.Ordinal));
        Assert.Equal([user.Email!], mail.To);
        Assert.Equal("Your access to Chat Portal was reset", Parse(mail).Subject);
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            (await _portal.SigningInAsync(user.Email!, People.Password)).Status
        );
        await elsewhere.OpenAsync("/account");
        Assert.Equal(AccessPolicies.SignInPath, elsewhere.Path);
        var back = _portal.SignedOut();
        await back.OpenAsync(LinkOf(mail));
        await back.SubmitAsync("main form", ("Input.Password", "another long phrase to remember"));
        Assert.Equal("/dashboard", back.Path);
        Assert.False((await _portal.FindAsync(user)).TwoFactorEnabled);
        var log = await _portal.With(
            (AccountsDb db) =>
                db.ChangeLogs.SingleAsync(log => log.SubjectId == user.Id && log.Action == AuditAction.Recovered.Name)
        );
        Assert.Equal((user.ClientId, ActorRole.Admin), (log.ClientId, log.ActorRole));
    }

    [Fact]
    public async Task Without_mail_the_admin_hands_over_the_link()
    {
        var first = await _portal.OtherAsync();
        var user = await UnconfirmedAsync(first);
        var admin = await first.SignedInAsync(await first.NewUserAsync());
        await admin.OpenAsync($"/admin/people/{user.Id}");

        await admin.SubmitAsync("#recover");

        var back = first.SignedOut();
        await back.OpenAsync(new Uri(admin.Text("#handover code")).PathAndQuery);
        await back.SubmitAsync("main form", ("Input.Password", "another long phrase to remember"));
        Assert.Equal("/dashboard", back.Path);
        Assert.False((await first.FindAsync(user)).EmailConfirmed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_link_shows_who_reads_the_mailbox_only_where_it_was_mailed(bool isMailed)
    {
        var user = await UnconfirmedAsync(_portal);
        var link = await _portal.With(
            (PasswordLinks links) => isMailed ? links.ToMailAsync(user) : links.ToHandOverAsync(user)
        );

        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(link.PathAndQuery);
        await visitor.SubmitAsync("main form", ("Input.Password", "another long phrase to remember"));

        Assert.Equal("/dashboard", visitor.Path);
        Assert.Equal(isMailed, (await _portal.FindAsync(user)).EmailConfirmed);
        Assert.Equal("/dashboard", (await _portal.SigningInAsync(user.Email!, "another long phrase to remember")).Path);
        await visitor.OpenAsync(link.PathAndQuery);
        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
    }

    [Fact]
    public async Task An_address_that_nothing_has_shown_is_said_to_be_unconfirmed_and_is_confirmed_by_mail()
    {
        var user = await UnconfirmedAsync(_portal);
        var owner = await _portal.SignedInAsync(user);
        await owner.OpenAsync("/account");
        Assert.Contains("Not confirmed", owner.Text("#profile dl"), StringComparison.Ordinal);
        var form = owner.Page.QuerySelector("#unconfirmed form")!;

        await owner.SubmitAsync(form, to: null);
        await owner.SubmitAsync(form, "/account?handler=ConfirmEmail");

        var mail = await MailToAsync(user.Email!);
        Assert.Equal("Confirm your email for Chat Portal", Parse(mail).Subject);
        Assert.Equal(1, await _portal.AsAgency(db => db.Emails.CountAsync(one => one.UserId == user.Id)));
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(LinkOf(mail));
        Assert.False((await _portal.FindAsync(user)).EmailConfirmed);
        await visitor.SubmitAsync("#confirm");
        Assert.Equal((HttpMethod.Get, true), (visitor.Response.RequestMessage!.Method, visitor.Shows("#confirmed")));
        Assert.True((await _portal.FindAsync(user)).EmailConfirmed);
        await owner.OpenAsync("/account");
        Assert.False(owner.Shows("#unconfirmed"));
        Assert.DoesNotContain("Not confirmed", owner.Text("#profile dl"), StringComparison.Ordinal);
        Assert.Equal(
            1,
            await _portal.With(
                (AccountsDb db) =>
                    db.ChangeLogs.CountAsync(log =>
                        log.SubjectId == user.Id && log.Action == AuditAction.EmailConfirmed.Name
                    )
            )
        );
    }

    [Fact]
    public async Task A_confirmation_is_of_the_address_that_it_was_sent_to()
    {
        var (user, stranger) = (await UnconfirmedAsync(_portal), await UnconfirmedAsync(_portal));
        var link = (
            await _portal.With((EmailConfirmations confirmations) => confirmations.LinkAsync(user))
        ).PathAndQuery;
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(link.Replace($"{user.Id:N}", $"{stranger.Id:N}", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Gone, visitor.Status);

        await _portal.With(
            async (Microsoft.AspNetCore.Identity.UserManager<User> users) =>
            {
                var person = (await users.FindByIdAsync($"{user.Id}"))!;
                person.Email = person.UserName = $"{Guid.NewGuid():N}@new.test";
                return await users.UpdateSecurityStampAsync(person);
            }
        );

        await visitor.OpenAsync(link);
        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
        Assert.False((await _portal.FindAsync(user)).EmailConfirmed);
    }

    [Fact]
    public async Task Confirmation_emails_have_an_end_and_need_a_mail_server()
    {
        var strict = await _portal.OtherAsync([
            .. _server.Settings,
            ("Portal:ActionLimits:MailsPerHourAndRecipient", "2"),
        ]);
        var first = await _portal.OtherAsync();
        var user = await UnconfirmedAsync(strict);
        var owner = await strict.SignedInAsync(user);
        for (var i = 0; i < 3; i++)
        {
            await owner.OpenAsync("/account");
            await owner.SubmitAsync("#unconfirmed form");
            Assert.Equal(i < 2 ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests, owner.Status);
        }

        var here = await first.SignedInAsync(await UnconfirmedAsync(first));
        await here.OpenAsync("/account");
        Assert.Equal((true, false), (here.Shows("#unconfirmed"), here.Shows("#unconfirmed form")));
    }

    [Fact]
    public async Task Nobody_lets_themselves_back_in()
    {
        var user = await _portal.NewUserAsync();
        var admin = await _portal.SignedInAsync(user);
        await admin.OpenAsync($"/admin/people/{user.Id}");
        Assert.Null(admin.Page.QuerySelector("#recover"));

        await admin.SubmitAsync("#end", to: $"/admin/people/{user.Id}?handler=Recover");

        Assert.Equal(HttpStatusCode.NotFound, admin.Status);
        Assert.NotNull((await _portal.FindAsync(user)).PasswordHash);
    }

    [Fact]
    public async Task Mails_that_a_stranger_asks_for_are_limited()
    {
        var strict = await _portal.OtherAsync([
            .. _server.Settings,
            ("Portal:SignUp", "open"),
            ("Portal:SignInLimits:MailsPerAccount", "3"),
        ]);
        var email = $"{Guid.NewGuid():N}@shop.test";
        var visitor = strict.SignedOut();
        for (var i = 0; i < 4; i++)
        {
            (string, string)[] more = i % 2 == 0 ? [] : [("Input.Business", "A shop"), ("Input.Name", "Kim")];
            await visitor.OpenAsync(i % 2 == 0 ? "/account/forgot" : "/account/sign-up");
            await visitor.SubmitAsync("main form", [("Input.Email", email), .. more]);
            Assert.Equal(i < 3 ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests, visitor.Status);
        }

        Assert.InRange(
            visitor.Response.Headers.RetryAfter!.Delta!.Value,
            TimeSpan.FromMinutes(10),
            TimeSpan.FromMinutes(20)
        );
        Assert.Contains("Too many attempts. Try again in", visitor.Text("main"), StringComparison.Ordinal);
    }

    /// <summary>An owner whose account was made by a link that somebody handed over.</summary>
    private static async Task<User> UnconfirmedAsync(PortalApp portal)
    {
        var user = await portal.NewOwnerAsync();
        await portal.With(
            (AccountsDb db) =>
                db
                    .Users.Where(one => one.Id == user.Id)
                    .ExecuteUpdateAsync(set => set.SetProperty(one => one.EmailConfirmed, false))
        );
        return await portal.FindAsync(user);
    }

    // On a busy machine a test before may have left a mail that is only sent now.
    private async Task<SmtpServer.Mail> MailToAsync(string address)
    {
        while (true)
        {
            if (await _server.NextAsync() is var mail && mail.To.Contains(address))
            {
                return mail;
            }
        }
    }

    private async Task<Visitor> AskAsync(User user, string email)
    {
        var visitor = await _portal.SignedInAsync(user);
        await visitor.OpenAsync("/account/email");
        await visitor.SubmitAsync("#email", ("Input.Email", email));
        Assert.Equal(HttpStatusCode.OK, visitor.Status);
        return visitor;
    }

    private async Task<string> SignUpAsync(string email)
    {
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync("/account/sign-up");
        await visitor.SubmitAsync(
            "#sign-up",
            ("Input.Business", "Sofa & Sons"),
            ("Input.Name", "Sam"),
            ("Input.Email", email)
        );
        return visitor.Text("main");
    }

    private async Task<Dictionary<string, string>> LinksAsync(params string[] addresses)
    {
        var links = new Dictionary<string, string>();
        foreach (var _ in addresses)
        {
            var mail = await _server.NextAsync();
            links[mail.To.Single()] = LinkOf(mail);
        }

        return links;
    }

    private async Task<Visitor> SignInAsync(User user, string agent)
    {
        var visitor = _portal.SignedOut().As(agent);
        await visitor.OpenAsync(AccessPolicies.SignInPath);
        await visitor.SubmitAsync("form#password", ("Input.Email", user.Email!), ("Input.Password", People.Password));
        return visitor;
    }

    private static async Task SignInAgainAsync(Visitor visitor, User user)
    {
        await visitor.OpenAsync("/account");
        await visitor.SubmitAsync(".side form[action*=sign-out]");
        await visitor.SubmitAsync("form#password", ("Input.Email", user.Email!), ("Input.Password", People.Password));
        Assert.Equal("/dashboard", visitor.Path);
    }

    private static MimeMessage Parse(SmtpServer.Mail mail) =>
        MimeMessage.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(mail.Raw)));

    private static string LinkOf(SmtpServer.Mail mail) =>
        new Uri(Link().Match(Parse(mail).TextBody!).Value).PathAndQuery;

    /// <summary>Where strangers may sign up.</summary>
    public sealed class OpenPortal() : MailPortal([("Portal:SignUp", "open")]);

    [GeneratedRegex(@"http://\S+/account/(welcome|email/confirm|email/verify|reset)\S+")]
    private static partial Regex Link();
}
