using System.Net;
using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Mail;
using Portal.Tests.Pages;

namespace Portal.Tests.Limits;

/// <summary>
/// Everything that sends email, creates something or costs processor time has a limit, and the response says how long
/// to wait.
/// </summary>
public sealed class ActionLimitsTests(ActionLimitsTests.LimitedPortal mail)
    : IClassFixture<ActionLimitsTests.LimitedPortal>
{
    private static int s_caller;
    private readonly PortalApp _portal = mail.Portal;

    [Fact]
    public async Task Everything_that_an_owner_has_mailed_counts_together()
    {
        var owner = await _portal.NewOwnerAsync();
        var visitor = await _portal.SignedInAsync(owner);
        await InviteAsync(visitor, Address());
        await InviteAsync(visitor, Address());
        await AddRecipientAsync(visitor, Address());
        await AddRecipientAsync(visitor, Address());
        Assert.Equal(HttpStatusCode.OK, visitor.Status);

        await AddRecipientAsync(visitor, Address());
        AssertTooMany(visitor, "#add-recipient");
        await visitor.SubmitAsync("form[action*=Ask]");
        AssertTooMany(visitor, "main");
        await InviteAsync(visitor, Address());
        AssertTooMany(visitor, "#invite");
        await visitor.OpenAsync("/team");
        await visitor.SubmitAsync("#invited form[action*=Resend]");
        AssertTooMany(visitor, "main");

        Assert.Equal(4, await MailsAsync(owner));
    }

    [Fact]
    public async Task One_address_gets_few_mails_whoever_has_them_sent()
    {
        var (one, other, address) = (await _portal.NewOwnerAsync(), await _portal.NewOwnerAsync(), Address());
        var (first, second) = (await _portal.SignedInAsync(one), await _portal.SignedInAsync(other));
        await InviteAsync(first, address);
        await first.SubmitAsync("#invited form[action*=Resend]");
        Assert.Equal(HttpStatusCode.OK, first.Status);

        await first.SubmitAsync("#invited form[action*=Resend]");
        AssertTooMany(first, "main");
        await InviteAsync(second, address);
        AssertTooMany(second, "#invite");
        await AddRecipientAsync(second, address.ToUpperInvariant());
        AssertTooMany(second, "#add-recipient");

        Assert.Equal((2, 0), (await MailsAsync(one), await MailsAsync(other)));
    }

    // The domain in its own letters and as DNS has it, full-width letters, and a character that nobody sees.
    [Fact]
    public async Task One_address_is_one_however_it_is_typed()
    {
        var name = $"{Guid.NewGuid():N}";
        string[] alike =
        [
            $"{name}@bücher.example",
            $"{name}@xn--bcher-kva.example",
            $"{name.ToUpperInvariant()}@BÜCHER.example",
            $"​{name}@ｂücher.example",
        ];
        var visitors = new List<Visitor>();
        foreach (var address in alike)
        {
            visitors.Add(await _portal.SignedInAsync(await _portal.NewOwnerAsync()));
            await AddRecipientAsync(visitors[^1], address);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK], visitors[..2].Select(visitor => visitor.Status));
        Assert.All(visitors[2..], visitor => AssertTooMany(visitor, "#add-recipient"));
    }

    [Fact]
    public async Task All_owners_of_a_client_share_its_mails()
    {
        var one = await _portal.NewOwnerAsync();
        var other = await _portal.NewUserAsync(one.ClientId);
        var (first, second) = (await _portal.SignedInAsync(one), await _portal.SignedInAsync(other));
        for (var i = 0; i < 3; i++)
        {
            await InviteAsync(first, Address());
            await InviteAsync(second, Address());
        }

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.Status, second.Status));
        await InviteAsync(second, Address());
        AssertTooMany(second, "#invite");
    }

    [Fact]
    public async Task An_admins_test_emails_and_ways_back_in_have_an_end()
    {
        var visitor = await _portal.SignedInAsync(await _portal.NewUserAsync());
        for (var i = 0; i < 3; i++)
        {
            await visitor.OpenAsync("/admin/mail");
            await visitor.SubmitAsync("form[action*=Test]");
        }

        AssertTooMany(visitor, "main");
        var (locked, admin) = (
            await _portal.NewOwnerAsync(),
            await _portal.SignedInAsync(await _portal.NewUserAsync())
        );
        for (var i = 0; i < 3; i++)
        {
            await admin.OpenAsync($"/admin/people/{locked.Id}");
            await admin.SubmitAsync("#recover");
        }

        AssertTooMany(admin, "main");
    }

    [Fact]
    public async Task Invitations_have_an_end_where_no_mail_is_sent_too()
    {
        await using var portal = await _portal.ReplicaAsync(("Portal:ActionLimits:InvitationsPerDayAndClient", "2"));
        var visitor = await portal.SignedInAsync(await portal.NewOwnerAsync());
        await InviteAsync(visitor, Address());
        await InviteAsync(visitor, Address());
        Assert.Equal(HttpStatusCode.OK, visitor.Status);

        await InviteAsync(visitor, Address());

        AssertTooMany(visitor, "#invite");
    }

    [Fact]
    public async Task Right_passwords_open_few_sessions_in_an_hour_and_send_as_many_mails()
    {
        var user = await _portal.NewOwnerAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal("/dashboard", (await _portal.SigningInAsync(user.Email!, People.Password)).Path);
        }

        AssertTooMany(await _portal.SigningInAsync(user.Email!, People.Password), "main");

        Assert.Equal(
            3,
            await _portal.With((AccountsDb db) => db.Sessions.CountAsync(session => session.UserId == user.Id))
        );
        Assert.InRange(await MailsAsync(user), 0, 3);
        Assert.Equal(
            "/dashboard",
            (await _portal.SigningInAsync((await _portal.NewOwnerAsync()).Email!, People.Password)).Path
        );
    }

    [Fact]
    public async Task A_client_has_as_many_widgets_as_it_may_however_many_are_created_at_once()
    {
        var owner = await _portal.NewOwnerAsync();
        var crowd = new List<Visitor>();
        for (var i = 0; i < 6; i++)
        {
            crowd.Add(await _portal.SignedInAsync(owner));
            await crowd[i].OpenAsync("/widgets/new");
        }

        await Task.WhenAll(
            crowd.Select(
                (one, i) =>
                    one.SubmitAsync(
                        "#new-widget",
                        ("Name", $"Bot {i}"),
                        ("WebhookUrl", "https://n8n.shop.example/webhook/shop")
                    )
            )
        );

        Assert.Equal(3, await _portal.As(owner.ClientId!.Value, db => db.Widgets.CountAsync()));
        Assert.All(crowd.Where(one => one.Status == HttpStatusCode.UnprocessableEntity), one =>
            Assert.Contains("limit of 3 widgets", one.Text("main"), StringComparison.Ordinal)
        );
        Assert.Equal(3, crowd.Count(one => one.Status == HttpStatusCode.UnprocessableEntity));
    }

    [Fact]
    public async Task A_client_makes_as_many_demos_a_day_as_it_may_however_many_are_made_at_once()
    {
        var shop = await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop");
        var crowd = Enumerable.Range(0, 6).Select(_ => _portal.SignedIn(shop.ClientId)).ToList();
        foreach (var one in crowd)
        {
            await one.OpenAsync("/demos");
        }

        await Task.WhenAll(
            crowd.Select(
                (one, i) =>
                    one.SubmitAsync("#new-demo", ("Input.Widget", $"{shop.Id}"), ("Input.Prospect", $"Prospect {i}"))
            )
        );

        Assert.Equal(3, await _portal.As(shop.ClientId, db => db.DemoLinks.CountAsync()));
        Assert.All(crowd.Where(one => one.Status == HttpStatusCode.TooManyRequests), one =>
            AssertTooMany(one, "#new-demo")
        );
        Assert.Equal(3, crowd.Count(one => one.Status == HttpStatusCode.TooManyRequests));
    }

    [Theory]
    [InlineData("/demo/AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/account/welcome?t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/account/reset?u=x&t=y")]
    [InlineData("/account/setup?t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/account/email/confirm?t=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/alerts/confirm?t=x")]
    public async Task Who_guesses_a_links_token_is_soon_told_to_wait(string link)
    {
        var visitor = _portal.SignedOut().From(NewCaller());
        for (var i = 0; i < 4; i++)
        {
            await visitor.OpenAsync(link);
            Assert.True(visitor.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone, $"{visitor.Status}");
        }

        await visitor.OpenAsync(link);

        AssertTooMany(visitor, "main");
    }

    [Fact]
    public async Task Who_guesses_an_api_token_is_soon_told_to_wait()
    {
        var caller = NewCaller();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await CallAsync()).StatusCode);
        }

        using var refused = await CallAsync();

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("rate_limited", await Guest.CodeAsync(refused));
        Assert.NotNull(refused.Headers.RetryAfter);

        Task<HttpResponseMessage> CallAsync()
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/api/admin/widgets");
            request.Headers.Add("X-Forwarded-For", caller);
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                $"portal_admin_{Convert.ToBase64String(Guid.NewGuid().ToByteArray())}"
            );
            return _portal.Http.SendAsync(request);
        }
    }

    [Fact]
    public async Task A_client_has_one_picture_drawn_and_one_waiting_and_no_third()
    {
        var (shop, other) = (
            await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop"),
            await _portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop")
        );
        var queue = _portal.Services.GetRequiredService<PictureQueue>();
        var (drawn, waiting) = (queue.Enter(shop.ClientId), queue.Enter(shop.ClientId));
        Assert.NotNull(drawn);
        Assert.NotNull(waiting);

        Assert.Equal(HttpStatusCode.TooManyRequests, (await UploadAsync(shop)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await UploadAsync(other)).Status);
        drawn.Dispose();
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await UploadAsync(shop)).Status);
    }

    [Fact]
    public async Task Changes_of_factors_have_an_end()
    {
        var visitor = await _portal.SignedInAsync(await _portal.NewOwnerAsync());
        for (var i = 0; i < 3; i++)
        {
            await visitor.OpenAsync("/account/factors");
            await visitor.SubmitAsync("form[action*='AddApp']", ("code", "000000"));
            Assert.Equal(i == 2, visitor.Status == HttpStatusCode.TooManyRequests);
        }

        AssertTooMany(visitor, "main");
    }

    [Fact]
    public async Task Exports_have_an_end()
    {
        var visitor = await _portal.SignedInAsync(await _portal.NewOwnerAsync());
        await visitor.OpenAsync("/conversations/export");
        await visitor.OpenAsync("/analytics/export");
        Assert.Equal(HttpStatusCode.OK, visitor.Status);

        await visitor.OpenAsync("/account/export");

        AssertTooMany(visitor, "main");
    }

    // What it says is no picture, so that nothing is drawn.
    private async Task<Visitor> UploadAsync(Shop shop)
    {
        var visitor = _portal.SignedIn(shop.ClientId);
        await visitor.OpenAsync($"/widgets/{shop.Id}");
        using var form = new MultipartFormDataContent { { new ByteArrayContent([1, 2, 3]), "file", "logo.png" } };
        form.Add(
            new StringContent(visitor.Attribute("input[name=__RequestVerificationToken]", "value")!),
            "__RequestVerificationToken"
        );
        await visitor
            .WithHtmx()
            .SendAsync(
                new HttpRequestMessage(HttpMethod.Post, $"/widgets/{shop.Id}/picture?kind=logo") { Content = form }
            );
        return visitor;
    }

    // Sent as by a proxy: wrong guesses count for all tests with the same address.
    private static string NewCaller() => $"198.51.100.{Interlocked.Increment(ref s_caller)}";

    private static string Address() => $"{Guid.NewGuid():N}@stranger.test";

    private static async Task InviteAsync(Visitor owner, string email)
    {
        await owner.OpenAsync("/team");
        await owner.SubmitAsync("#invite", ("Input.Name", "Nia"), ("Input.Email", email));
    }

    private static async Task AddRecipientAsync(Visitor owner, string email)
    {
        await owner.OpenAsync("/settings/alerts");
        await owner.SubmitAsync("#add-recipient", ("Input.Email", email));
    }

    private static void AssertTooMany(Visitor visitor, string place)
    {
        Assert.Equal(HttpStatusCode.TooManyRequests, visitor.Status);
        Assert.True(visitor.Response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Matches(@"Too many [\s\S]+ (second|minute|hour)", visitor.Text(place));
    }

    private Task<int> MailsAsync(User of) =>
        _portal.AsAgency(db => db.Emails.CountAsync(email => email.ClientId == of.ClientId));

    /// <summary>Where everything that is limited has its end soon.</summary>
    public sealed class LimitedPortal()
        : MailPortal([
            ("Portal:Proxies:0", "127.0.0.1"),
            ("Portal:Proxies:1", "::1"),
            ("Portal:ActionLimits:MailsPerHourAndPerson", "4"),
            ("Portal:ActionLimits:MailsPerDayAndClient", "6"),
            ("Portal:ActionLimits:MailsPerHourAndRecipient", "2"),
            ("Portal:ActionLimits:SignInsPerHourAndAccount", "3"),
            ("Portal:ActionLimits:WidgetsPerClient", "3"),
            ("Portal:ActionLimits:DemosPerDayAndClient", "3"),
            ("Portal:ActionLimits:FactorChangesPerHourAndAccount", "2"),
            ("Portal:ActionLimits:TokenGuessesPerMinuteAndAddress", "3"),
            ("Portal:ActionLimits:ExportsPerHourAndPerson", "2"),
        ]);
}
