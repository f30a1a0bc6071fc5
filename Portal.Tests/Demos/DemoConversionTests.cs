using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;
using Portal.Demos;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Demos;

/// <summary>A demo that becomes a live widget: of its own client, of another one, of a new one.</summary>
public sealed class DemoConversionTests(PortalApp portal) : IClassFixture<PortalApp>, IAsyncLifetime
{
    private const string Website = "https://www.northwind.example";

    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task The_prospects_website_may_show_it_and_the_link_leads_there()
    {
        var demo = await NewAsync();
        await portal.As(demo.Client, async db =>
        {
            var widget = await db.Widgets.SingleAsync(w => w.Id == demo.Widget);
            widget.SaveDraft(
                widget.Config with
                {
                    Texts = widget.Config.Texts with { Title = "Draft" },
                },
                DateTimeOffset.UtcNow
            );
            return await db.SaveChangesAsync();
        });
        await portal.ExecuteAsync(
            $"UPDATE clients SET company_name = 'Fjord Agency', contact_email = 'hello@fjord.example' WHERE id = '{demo.Client}'"
        );
        var owner = await OwnerAsync(demo);
        Assert.Null(owner.Page.QuerySelector("#live [name='Live.For']"));

        await owner.SubmitAsync("#live", ("Live.Website", "www.Northwind.example/contact"));

        Assert.Equal($"/widgets/{demo.Widget}/install", owner.Path);
        var widget = await portal.As(demo.Client, db => db.Widgets.SingleAsync(w => w.Id == demo.Widget));
        Assert.Equal([Website], widget.Config.Security.Origins);
        Assert.Equal(("Draft", Website), (widget.Draft!.Texts.Title, Assert.Single(widget.Draft.Security.Origins)));
        Assert.Equal(
            2,
            await portal.As(demo.Client, db => db.WidgetVersions.CountAsync(version => version.WidgetId == demo.Widget))
        );
        await AnswersOnAsync(demo.Widget);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(demo.Widget, "https://agency.example")).StatusCode);
        await AssertLeadsOnAsync(demo);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("*")]
    [InlineData("https://*.northwind.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("ftp://northwind.example")]
    [InlineData("https://one.example\nhttps://two.example")]
    [InlineData("not a website")]
    public async Task It_does_not_go_live_without_a_website(string website)
    {
        var demo = await NewAsync();
        var owner = await OwnerAsync(demo);

        await owner.SubmitAsync("#live", ("Live.Website", website));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.NotEqual("", owner.Text("#Live_Website-error"));
        Assert.Equal("200", owner.Attribute("#Input_Messages", "value"));
        Assert.True(await portal.As(demo.Client, db => db.DemoLinks.AnyAsync(link => link.Id == demo.Link)));
    }

    [Fact]
    public async Task An_admin_converts_it_for_another_client_with_secrets_sealed_for_that_client()
    {
        var (demo, other) = (await NewAsync(), await portal.NewClientAsync());
        var picture = await WithPictureAsync(demo);
        await portal.ExecuteAsync(
            $"UPDATE clients SET company_name = 'Fjord Agency', contact_email = 'hello@fjord.example' WHERE id = '{demo.Client}'"
        );
        var admin = await AdminAsync(demo);

        await admin.SubmitAsync(
            "#live",
            ("Live.Website", Website),
            ("Live.For", "Existing"),
            ("Live.Client", $"{other.Id}")
        );

        Assert.Equal($"/admin/clients/{other.Id}", admin.Path);
        var copy = await portal.As(other.Id, db => db.Widgets.SingleAsync());
        Assert.Equal(("Northwind", false, null), (copy.Name, copy.IsDemo, copy.ExpiresAt));
        Assert.NotEqual(demo.Widget, copy.Id);
        Assert.Equal(WidgetImage.PathOf(copy.Id, picture), copy.Config.Look.Logo);
        Assert.Equal(
            picture,
            await portal.As(other.Id, db =>
                db.WidgetImages.Where(image => image.WidgetId == copy.Id).Select(image => image.Hash).SingleAsync()
            )
        );
        await AnswersOnAsync(copy.Id);
        Assert.Equal("a-key-of-the-workflow", _n8n.Headers["X-Key"]);
        await AssertLeadsOnAsync(demo);

        // What is left is over, and nobody opens it again.
        var left = await portal.As(demo.Client, db => db.Widgets.SingleAsync(widget => widget.Id == demo.Widget));
        Assert.True(left.ExpiresAt <= DateTimeOffset.UtcNow);
        Assert.False(left.IsActive);
        await portal.ExecuteAsync($"DELETE FROM widgets WHERE id = '{demo.Widget}'");
        await AssertLeadsOnAsync(demo);
    }

    [Fact]
    public async Task An_admin_converts_it_for_a_new_client_whose_owner_is_invited()
    {
        var demo = await NewAsync();
        var admin = await AdminAsync(demo);
        await admin.SubmitAsync("#live", ("Live.Website", Website), ("Live.For", "New"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, admin.Status);
        foreach (var field in new[] { "ClientName", "OwnerName", "OwnerEmail" })
        {
            Assert.NotEqual("", admin.Text($"#Live_{field}-error"));
        }

        var email = $"{Guid.NewGuid():N}@northwind.example";
        await admin.SubmitAsync(
            "#live",
            ("Live.ClientName", "Northwind Dental"),
            ("Live.OwnerName", "Nora"),
            ("Live.OwnerEmail", email)
        );

        var client = Guid.Parse(admin.Path["/admin/clients/".Length..]);
        Assert.Equal(
            Website,
            Assert.Single((await portal.As(client, db => db.Widgets.SingleAsync())).Config.Security.Origins)
        );
        var invitation = await portal.With((AccountsDb db) => db.Invitations.SingleAsync(i => i.ClientId == client));
        Assert.Equal((email, UserRole.Owner), (invitation.Email, invitation.Role));
        Assert.Contains(
            "/account/welcome",
            admin.Text("#handover") + admin.Attribute("#handover copy-field", "value"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(UserRole.Owner)]
    [InlineData(UserRole.Member)]
    public async Task Nobody_but_an_admin_gives_it_to_another_client(UserRole role)
    {
        var (demo, other) = (await NewAsync(), await portal.NewClientAsync());
        var person = portal.SignedIn(demo.Client, role);
        await person.OpenAsync($"/demos/{demo.Link}");

        foreach (var to in new[] { "Existing", "New" })
        {
            await person.SubmitAsync(
                "#live",
                $"/demos/{demo.Link}?handler=Live",
                ("Live.Website", Website),
                ("Live.For", to),
                ("Live.Client", $"{other.Id}"),
                ("Live.ClientName", "X"),
                ("Live.OwnerName", "X"),
                ("Live.OwnerEmail", "x@x.example")
            );
            Assert.Equal(HttpStatusCode.Forbidden, person.Status);
            await person.OpenAsync($"/demos/{demo.Link}");
        }

        Assert.False(await portal.As(other.Id, db => db.Widgets.AnyAsync()));
        Assert.True(await portal.As(demo.Client, db => db.DemoLinks.AnyAsync(link => link.Id == demo.Link)));
    }

    [Fact]
    public async Task Two_who_convert_at_once_make_one_widget()
    {
        var (demo, other) = (await NewAsync(), await portal.NewClientAsync());
        var admins = new[] { await AdminAsync(demo), await AdminAsync(demo) };

        await Task.WhenAll(
            admins.Select(admin =>
                admin.SubmitAsync(
                    "#live",
                    ("Live.Website", Website),
                    ("Live.For", "Existing"),
                    ("Live.Client", $"{other.Id}")
                )
            )
        );

        Assert.Equal(1, await portal.As(other.Id, db => db.Widgets.CountAsync()));
    }

    private async Task AssertLeadsOnAsync(Demo demo)
    {
        var prospect = portal.SignedOut();
        await prospect.OpenAsync(demo.Path);
        Assert.Equal(HttpStatusCode.OK, prospect.Status);
        Assert.Contains("This demo has gone live", prospect.Text("main"), StringComparison.Ordinal);
        Assert.Equal(Website, prospect.Attribute("main a#website", "href"));
        Assert.Equal("mailto:hello@fjord.example", prospect.Attribute("main p a", "href"));
        Assert.Contains("Contact Fjord Agency", prospect.Text("main"), StringComparison.Ordinal);
        Assert.Contains("Northwind", prospect.Text("header"), StringComparison.Ordinal);
        Assert.Null(prospect.Page.QuerySelector("script[data-widget]"));
    }

    private async Task AnswersOnAsync(Guid widget)
    {
        await Timeouts.UntilAsync(async () => (await Post(widget, Website)).IsSuccessStatusCode);
        await (await new Guest(portal.Http, widget, Website).OpenAsync()).AskAsync("Hello?");
    }

    private Task<HttpResponseMessage> Post(Guid widget, string origin) =>
        new Guest(portal.Http, widget, origin).SendAsync(HttpMethod.Post, "sessions", new { locale = "en" });

    private async Task<Visitor> OwnerAsync(Demo demo)
    {
        var owner = await portal.SignedInAsync(await portal.NewUserAsync(demo.Client));
        await owner.OpenAsync($"/demos/{demo.Link}");
        return owner;
    }

    private async Task<Visitor> AdminAsync(Demo demo)
    {
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());
        await admin.OpenAsync($"/admin/clients/{demo.Client}");
        await admin.SubmitAsync("#view-as");
        await admin.OpenAsync($"/demos/{demo.Link}");
        return admin;
    }

    // A demo that is allowed on the agency's own website alone, and calls its workflow with a key.
    private async Task<Demo> NewAsync()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url, new WidgetConfig().OnlyOn("https://agency.example"));
        await using var scope = portal.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Enter(shop.ClientId);
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        var like = await db.Widgets.SingleAsync(widget => widget.Id == shop.Id);
        Assert.Null(
            portal.Services.GetRequiredService<WidgetCredentials>().SendHeader(like, "X-Key", "a-key-of-the-workflow")
        );
        await db.SaveChangesAsync();
        var desk = scope.ServiceProvider.GetRequiredService<DemoService>();
        var link = await desk.MakeAsync(like, "Northwind", 14, 200, null, Guid.CreateVersion7(), "Kim", default);
        return new(shop.ClientId, link.WidgetId, link.Id, desk.LinkTo(link).AbsolutePath);
    }

    private async Task<string> WithPictureAsync(Demo demo)
    {
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(demo.Widget.ToByteArray()));
        await portal.As(demo.Client, async db =>
        {
            var widget = await db.Widgets.SingleAsync(w => w.Id == demo.Widget);
            db.Add(new WidgetImage(demo.Widget, hash, [0], 1, 1));
            var logo = WidgetImage.PathOf(demo.Widget, hash);
            db.Add(
                widget.Publish(
                    widget.Config with
                    {
                        Look = widget.Config.Look with { Logo = logo },
                    },
                    Guid.CreateVersion7(),
                    "Kim",
                    null,
                    DateTimeOffset.UtcNow
                )
            );
            return await db.SaveChangesAsync();
        });
        return hash;
    }

    private sealed record Demo(Guid Client, Guid Widget, Guid Link, string Path);
}
