using System.Net;
using Portal.Audit;

namespace Portal.Tests.Pages.Account;

public sealed class ProfileTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public async Task A_person_changes_their_name_and_sees_it_at_once()
    {
        var visitor = await portal.SignedInAsync(await portal.NewOwnerAsync());
        await visitor.OpenAsync("/account");

        await visitor.SubmitAsync("form:has([name='Input.Name'])", ("Input.Name", "Sam O’Neil"));

        Assert.Equal("Sam O’Neil", visitor.Text(".side summary .grow"));
    }

    [Fact]
    public async Task A_new_password_needs_the_old_one()
    {
        var user = await portal.NewOwnerAsync();
        var visitor = await portal.SignedInAsync(user, TimeSpan.FromMinutes(11));
        await visitor.OpenAsync("/account");

        await visitor.SubmitAsync("#password", ("Change.Password", "a brand new password"));
        await visitor.SubmitAsync("#confirm-password", ("Proof.Password", "not the password at all"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, visitor.Status);
        Assert.Contains("Incorrect password.", visitor.Text("#confirm-password"), StringComparison.Ordinal);

        await visitor.SubmitAsync("#confirm-password", ("Proof.Password", People.Password));
        Assert.Equal("/account", visitor.Path);
        Assert.Equal(HttpStatusCode.OK, visitor.Status);
        Assert.Equal("/dashboard", (await portal.SigningInAsync(user.Email!, "a brand new password")).Path);
    }

    [Theory]
    [InlineData("dark", "dark")]
    [InlineData("light", "light")]
    [InlineData("system", "auto")]
    [InlineData("\"><script>", "auto")]
    public async Task The_chosen_theme_is_in_the_next_page(string theme, string shown)
    {
        var visitor = portal.SignedOut();
        await visitor.OpenAsync("/account/sign-in");

        await visitor.SubmitAsync("theme-switch form", ("theme", theme));
        Assert.Equal("/account/sign-in", visitor.Path);

        Assert.Equal(shown, visitor.Attribute("html", "data-bs-theme"));
    }
}
