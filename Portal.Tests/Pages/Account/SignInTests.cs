using System.Net;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Tests.Pages.Account;

public sealed class SignInTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Form = "form#password";

    [Fact]
    public async Task An_owner_signs_in_with_a_password_and_lands_on_the_dashboard()
    {
        var user = await portal.NewOwnerAsync();

        var visitor = await portal.SigningInAsync(user.Email!, People.Password);

        Assert.Equal("/dashboard", visitor.Path);
        Assert.Contains("Kim Person", visitor.Text(".side"), StringComparison.Ordinal);
        Assert.NotNull((await portal.FindAsync(user)).LastSignInAt);
    }

    [Fact]
    public async Task An_admin_lands_on_the_clients()
    {
        var visitor = await portal.SigningInAsync((await portal.NewUserAsync()).Email!, People.Password);

        Assert.Equal("/admin/clients", visitor.Path);
    }

    [Fact]
    public async Task Who_is_disabled_is_signed_out_and_stays_out_until_an_admin_lets_them_in_again()
    {
        var user = await portal.NewOwnerAsync();
        var theirs = await portal.SignedInAsync(user, TimeSpan.FromMinutes(2));
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());
        await admin.OpenAsync($"/admin/people/{user.Id}");

        await admin.SubmitAsync("#switch-access");

        await theirs.OpenAsync("/dashboard");
        Assert.Equal(AccessPolicies.SignInPath, theirs.Path);
        var refused = await portal.SigningInAsync(user.Email!, People.Password);
        var stranger = await portal.SigningInAsync("nobody@people.test", People.Password);
        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, stranger.Text("[role=alert]")),
            (refused.Status, refused.Text("[role=alert]"))
        );
        Assert.Equal("Account disabled", admin.Text("#access h2"));

        await admin.SubmitAsync("#switch-access");
        Assert.Equal("/dashboard", (await portal.SigningInAsync(user.Email!, People.Password)).Path);
        var acts = await portal.With(
            (AccountsDb db) =>
                db
                    .ChangeLogs.Where(log => log.SubjectId == user.Id && log.ActorRole == ActorRole.Admin)
                    .OrderBy(log => log.Id)
                    .Select(log => log.Action)
                    .ToListAsync()
        );
        Assert.Equal(
            [AuditAction.Disabled.Name, AuditAction.Enabled.Name],
            acts.Where(act => act != AuditAction.SessionEnded.Name)
        );
    }

    [Fact]
    public async Task An_admin_cannot_shut_themselves_out()
    {
        var user = await portal.NewUserAsync();
        var admin = await portal.SignedInAsync(user);
        await admin.OpenAsync($"/admin/people/{user.Id}");

        await admin.SubmitAsync("#end", to: $"/admin/people/{user.Id}?handler=Disable");

        Assert.Equal(HttpStatusCode.NotFound, admin.Status);
        Assert.Null((await portal.FindAsync(user)).DisabledAt);
    }

    [Fact]
    public async Task Signing_out_ends_it()
    {
        var visitor = await portal.SignedInAsync(await portal.NewUserAsync());
        await visitor.OpenAsync("/account");

        await visitor.SubmitAsync(".side form[action*=sign-out]");
        Assert.Equal(AccessPolicies.SignInPath, visitor.Path);

        await visitor.OpenAsync("/account");
        Assert.Equal(AccessPolicies.SignInPath, visitor.Path);
    }

    [Fact]
    public async Task A_link_cannot_sign_anybody_out()
    {
        var visitor = await portal.SignedInAsync(await portal.NewUserAsync());

        await visitor.OpenAsync("/account/sign-out");
        await visitor.OpenAsync("/account");

        Assert.Equal("/account", visitor.Path);
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_read_the_same()
    {
        var user = await portal.NewOwnerAsync();

        var knower = await portal.SigningInAsync(user.Email!, "not the password at all");
        var stranger = await portal.SigningInAsync("nobody@people.test", "not the password at all");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, knower.Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, stranger.Status);
        Assert.NotEmpty(knower.Text("[role=alert]"));
        Assert.Equal(knower.Text("[role=alert]"), stranger.Text("[role=alert]"));
    }

    [Theory]
    [InlineData("/account", "/account")]
    [InlineData("https://evil.test/", "/admin/clients")]
    [InlineData("//evil.test/", "/admin/clients")]
    [InlineData("/\\evil.test/", "/admin/clients")]
    [InlineData("/\t/evil.test/", "/admin/clients")]
    [InlineData("javascript:alert(1)", "/admin/clients")]
    public async Task Signing_in_leads_back_to_our_own_pages_only(string returnUrl, string leads)
    {
        var user = await portal.NewUserAsync();

        var visitor = await portal.SigningInAsync(
            user.Email!,
            People.Password,
            $"?returnUrl={Uri.EscapeDataString(returnUrl)}"
        );

        Assert.Equal(new Uri(portal.Url, leads), visitor.Address);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("not an address", "x")]
    [InlineData("a@b.test", "")]
    public async Task What_is_not_even_an_address_is_refused_alike(string email, string password)
    {
        var visitor = await portal.SigningInAsync(email, password);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, visitor.Status);
        Assert.Contains("Incorrect email or password.", visitor.Text("[role=alert]"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_for_scripts_and_lasts_only_when_asked_to()
    {
        var user = await portal.NewUserAsync();
        var staying = portal.SignedOut();

        var brief = await portal.SigningInAsync(user.Email!, People.Password);
        await staying.OpenAsync(AccessPolicies.SignInPath);
        await staying.SubmitAsync(
            Form,
            ("Input.Email", user.Email!),
            ("Input.Password", People.Password),
            ("Input.Stay", "true")
        );

        Assert.True(brief.Cookies["portal"]!.HttpOnly);
        Assert.Equal(default, brief.Cookies["portal"]!.Expires);
        Assert.True(staying.Cookies["portal"]!.Expires > DateTime.Now.AddDays(13));
    }

    [Fact]
    public async Task A_session_that_has_ended_sends_htmx_to_the_sign_in_as_a_whole()
    {
        var visitor = portal.SignedOut().WithHtmx();

        await visitor.OpenAsync("/admin/clients");

        Assert.Equal(HttpStatusCode.Unauthorized, visitor.Status);
        Assert.Equal(
            "/account/sign-in?returnUrl=%2Fadmin%2Fclients",
            visitor.Response.Headers.GetValues("HX-Redirect").Single()
        );
    }

    [Fact]
    public async Task A_password_that_changed_elsewhere_ends_this_session()
    {
        var user = await portal.NewOwnerAsync();
        var stale = await portal.SignedInAsync(user, TimeSpan.FromMinutes(2));
        await portal.With((UserManager<User> users) => ChangeAsync(users, user.Id));
        await stale.OpenAsync("/account");

        Assert.Equal(AccessPolicies.SignInPath, stale.Path);
    }

    private static async Task<bool> ChangeAsync(UserManager<User> users, Guid id) =>
        (
            await users.ChangePasswordAsync(
                (await users.FindByIdAsync(id.ToString()))!,
                People.Password,
                "another long phrase to remember"
            )
        ).Succeeded;
}
