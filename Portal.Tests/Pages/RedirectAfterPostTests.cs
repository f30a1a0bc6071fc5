using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Alerts;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Mail;
using Portal.Tests.Pages.Account;
using Portal.Tests.Sweep;
using Portal.Web;

namespace Portal.Tests.Pages;

/// <summary>
/// A form that has done its work leads on, so that a reload of what it led to sends it no second time.
/// </summary>
[Trait("Speed", "slow")]
public sealed class RedirectAfterPostTests(PortalApp first) : IClassFixture<PortalApp>, IAsyncLifetime
{
    private readonly SmtpServer _server = new();
    private PortalApp _portal = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        _portal = await first.ReplicaAsync([.. _server.Settings, ("Portal:SignUp", "open")]);
    }

    public async ValueTask DisposeAsync()
    {
        await _portal.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task New_recovery_codes_are_shown_once_and_made_once()
    {
        var user = await _portal.NewOwnerAsync();
        var visitor = await _portal.SignedInAsync(user);
        await visitor.OpenAsync("/account/factors");
        var key = visitor.Text("form[action*='AddApp'] code").Replace(" ", "", StringComparison.Ordinal);

        await visitor.SubmitAsync("form[action*='AddApp']", ("code", TwoFactorTests.CodeOf(key)));
        AssertLed(visitor, "/account/factors");
        var given = Codes(visitor);
        await visitor.OpenAsync("/account/factors");
        Assert.False(visitor.Shows("#codes"));

        await visitor.SubmitAsync("#recovery form");
        AssertLed(visitor, "/account/factors");
        var anew = Codes(visitor);
        Assert.Equal((10, 10, 20), (given.Length, anew.Length, given.Union(anew).Count()));
        await visitor.OpenAsync("/account/factors");
        Assert.False(visitor.Shows("#codes"));

        // Those that were shown are the ones that count.
        var back = await _portal.SigningInAsync(user.Email!, People.Password);
        await back.OpenAsync("/account/second-step?recovery=true");
        await back.SubmitAsync("main form", ("Code", anew[9]));
        Assert.Equal("/dashboard", back.Path);
    }

    [Fact]
    public async Task What_one_page_left_to_be_shown_is_in_no_other_pages_way()
    {
        var person = await _portal.NewUserAsync();
        await _portal.WithAppAsync(person);
        // Both forms are sent before anybody follows either redirect.
        var jar = new CookieContainer();
        jar.Add((await _portal.SignedInAsync(await _portal.FindAsync(person))).Cookies);
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = jar, AllowAutoRedirect = false })
        {
            BaseAddress = _portal.Url,
            Timeout = Timeouts.Limit,
        };
        var admin = new Visitor(http, jar);
        await admin.OpenAsync("/admin/tokens");
        await admin.SubmitAsync(
            "main form",
            ("Input.Name", $"Nightly {Guid.NewGuid():N}"),
            ("Input.Scopes", admin.Attribute("[name='Input.Scopes']", "value")!)
        );
        Assert.Equal(HttpStatusCode.Redirect, admin.Status);
        await admin.OpenAsync("/account/factors");
        await admin.SubmitAsync("#recovery form");
        Assert.Equal(HttpStatusCode.Redirect, admin.Status);

        await admin.OpenAsync("/account/factors");
        Assert.Equal(10, Codes(admin).Length);
        await admin.OpenAsync("/admin/tokens");
        Assert.True(admin.Shows("#made"), admin.Body);
    }

    [Theory]
    [InlineData("#confirm")]
    [InlineData("No")]
    public async Task An_answer_to_a_change_of_address(string answer)
    {
        var (user, email) = (await _portal.NewOwnerAsync(), $"{Guid.NewGuid():N}@new.test");
        var link = await _portal.With(
            async (AccountsDb db) =>
            {
                await _portal.With(
                    async (EmailChangeService changes) =>
                    {
                        await changes.AskAsync(user, email, default);
                        return true;
                    }
                );
                var change = await db.EmailChanges.SingleAsync(change => change.UserId == user.Id);
                return $"/account/email/confirm?t={await _portal.With((LinkTokens tokens) => Task.FromResult(tokens.Open(change.NewTokenSealed)))}";
            }
        );
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(link);

        await visitor.SubmitAsync(
            visitor.Page.QuerySelector("#confirm")!,
            answer == "No" ? visitor.Attribute("[formaction]", "formaction") : null
        );

        AssertLed(visitor, "/account/email/confirm");
        Assert.Contains(
            answer == "No" ? "Email change canceled" : "is confirmed, too",
            visitor.Text("#outcome"),
            StringComparison.Ordinal
        );
        await visitor.OpenAsync(link);
        Assert.Equal(answer == "No" ? HttpStatusCode.Gone : HttpStatusCode.OK, visitor.Status);
    }

    [Fact]
    public async Task A_yes_and_a_no_to_alerts()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var recipient = new AlertRecipient($"{Guid.NewGuid():N}@people.test");
        await _portal.As(shop.ClientId, db =>
        {
            db.Add(recipient);
            return db.SaveChangesAsync();
        });
        var (confirm, stop) = await _portal.With(
            (AlertLinks links) =>
                Task.FromResult(
                    (
                        links.Confirm(shop.ClientId, recipient.Id).PathAndQuery,
                        links.Stop(shop.ClientId, recipient.Id).PathAndQuery
                    )
                )
        );
        var visitor = _portal.SignedOut();

        await visitor.OpenAsync(confirm);
        await visitor.SubmitAsync("main form");
        AssertLed(visitor, "/alerts/confirm");
        Assert.False(visitor.Shows("main form"));
        Assert.Equal(
            1,
            await _portal.As(shop.ClientId, db => db.AlertRecipients.CountAsync(r => r.ConfirmedAt != null))
        );

        await visitor.OpenAsync(stop);
        await visitor.SubmitAsync("main form");
        AssertLed(visitor, "/alerts/stop");
        Assert.False(visitor.Shows("main form"));
        Assert.Contains("unsubscribed", visitor.Text("main"), StringComparison.Ordinal);
        Assert.Equal(0, await _portal.As(shop.ClientId, db => db.AlertRecipients.CountAsync()));
    }

    // RFC 8058: a mail program that gets a redirect may take it for a failure.
    [Fact]
    public async Task A_mail_programs_own_no_is_not_led_elsewhere()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var recipient = new AlertRecipient($"{Guid.NewGuid():N}@people.test");
        await _portal.As(shop.ClientId, db =>
        {
            db.Add(recipient);
            return db.SaveChangesAsync();
        });
        var program = _portal.SignedOut();

        await program.PostAsync(
            await _portal.With(
                (AlertLinks links) => Task.FromResult(links.Stop(shop.ClientId, recipient.Id).PathAndQuery)
            ),
            ("List-Unsubscribe", "One-Click")
        );

        Assert.Equal((HttpStatusCode.OK, HttpMethod.Post), (program.Status, program.Response.RequestMessage!.Method));
        Assert.Equal(0, await _portal.As(shop.ClientId, db => db.AlertRecipients.CountAsync()));
    }

    [Theory]
    [InlineData("/account/forgot")]
    [InlineData("/account/sign-up")]
    public async Task What_a_stranger_asks_to_have_mailed(string page)
    {
        var (visitor, email) = (_portal.SignedOut(), $"{Guid.NewGuid():N}@people.test");
        (string, string)[] more = page.EndsWith("up", StringComparison.Ordinal)
            ? [("Input.Business", "A shop"), ("Input.Name", "Kim")]
            : [];
        await visitor.OpenAsync(page);

        await visitor.SubmitAsync("main form", [("Input.Email", email), .. more]);

        AssertLed(visitor, page);
        Assert.Contains(email, visitor.Text("main [role=status]"), StringComparison.Ordinal);
        await visitor.OpenAsync(page);
        Assert.True(visitor.Shows("main form"));
    }

    [Fact]
    public async Task A_new_password_of_somebody_with_a_factor()
    {
        var user = await _portal.NewOwnerAsync();
        await _portal.WithAppAsync(user);
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync((await _portal.With((PasswordLinks links) => links.ToMailAsync(user))).PathAndQuery);

        await visitor.SubmitAsync("main form", ("Input.Password", "another long phrase to remember"));

        AssertLed(visitor, "/account/reset");
        Assert.Contains("Authenticator app", visitor.Text("#changed #factors"), StringComparison.Ordinal);
        await visitor.OpenAsync(visitor.Address.PathAndQuery);
        Assert.True(visitor.Shows("#changed"));
        var stranger = _portal.SignedOut();
        await stranger.OpenAsync(visitor.Address.PathAndQuery);
        Assert.Equal(HttpStatusCode.Gone, stranger.Status);
    }

    private static string[] Codes(Visitor visitor) =>
        [.. visitor.Page.QuerySelectorAll("#codes li").Select(code => code.TextContent.Trim())];

    private static void AssertLed(Visitor visitor, string path) =>
        Assert.Equal(
            (HttpStatusCode.OK, HttpMethod.Get, path),
            (visitor.Status, visitor.Response.RequestMessage!.Method, visitor.Path)
        );
}
