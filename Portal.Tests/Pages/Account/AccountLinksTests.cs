using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Tests.Pages.Account;

[Trait("Speed", "slow")]
public sealed partial class AccountLinksTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string NewPassword = "a brand new password";

    [Fact]
    public async Task A_link_lets_a_person_choose_a_password_once_and_signs_them_in()
    {
        var user = await portal.NewOwnerAsync();
        var link = await LinkAsync(user);
        var visitor = portal.SignedOut();

        await visitor.OpenAsync(link);
        Assert.Contains(user.Email!, visitor.Text("main"), StringComparison.Ordinal);
        Assert.Equal("no-referrer", visitor.Response.Headers.GetValues("Referrer-Policy").Single());
        await visitor.SubmitAsync("main form", ("Input.Password", NewPassword));
        Assert.Equal("/dashboard", visitor.Path);

        await visitor.OpenAsync(link);
        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
        Assert.Contains("This link has expired", visitor.Text("main"), StringComparison.Ordinal);
        Assert.Equal("/dashboard", (await portal.SigningInAsync(user.Email!, NewPassword)).Path);
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            (await portal.SigningInAsync(user.Email!, People.Password)).Status
        );
    }

    [Fact]
    public async Task Two_people_with_the_same_link_cannot_both_use_it()
    {
        var user = await portal.NewOwnerAsync();
        var link = await LinkAsync(user);
        var (first, second) = (portal.SignedOut(), portal.SignedOut());
        await first.OpenAsync(link);
        await second.OpenAsync(link);

        await first.SubmitAsync("main form", ("Input.Password", NewPassword));
        await second.SubmitAsync("main form", ("Input.Password", "the password of a thief"));

        Assert.Equal(HttpStatusCode.Gone, second.Status);
        Assert.Equal("/dashboard", (await portal.SigningInAsync(user.Email!, NewPassword)).Path);
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_and_lets_in_whoever_guessed_too_often()
    {
        var user = await portal.NewOwnerAsync();
        var elsewhere = await portal.SignedInAsync(user, TimeSpan.FromMinutes(2));
        for (var attempt = 0; attempt < 11; attempt++)
        {
            await portal.SigningInAsync(user.Email!, "not the password at all");
        }

        var visitor = portal.SignedOut();
        await visitor.OpenAsync(await LinkAsync(await portal.FindAsync(user)));
        await visitor.SubmitAsync("main form", ("Input.Password", NewPassword));
        await elsewhere.OpenAsync("/account");

        Assert.Equal(AccessPolicies.SignInPath, elsewhere.Path);
        await visitor.OpenAsync("/account");
        await visitor.SubmitAsync(".side form[action*=sign-out]");
        await visitor.SubmitAsync("form#password", ("Input.Email", user.Email!), ("Input.Password", NewPassword));
        Assert.Equal("/dashboard", visitor.Path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?u=&t=")]
    [InlineData("?u=nobody&t=nothing")]
    [InlineData("?u=00000000000000000000000000000000&t=AAAA")]
    [InlineData("?u[]=1&t[]=2")]
    public async Task A_link_that_was_never_made_is_no_link(string query)
    {
        var visitor = portal.SignedOut();

        await visitor.OpenAsync($"/account/reset{query}");

        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
    }

    [Fact]
    public async Task A_link_works_for_the_person_it_was_made_for_only()
    {
        var (one, other) = (await portal.NewOwnerAsync(), await portal.NewOwnerAsync());
        var visitor = portal.SignedOut();

        await visitor.OpenAsync(
            (await LinkAsync(one)).Replace($"{one.Id:N}", $"{other.Id:N}", StringComparison.Ordinal)
        );

        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
    }

    [Theory]
    [InlineData("too short", "Use 12 to 128 characters.")]
    [InlineData("aaaaaaaaaaaaaaaa", "different characters")]
    public async Task A_password_that_is_too_easy_is_refused_beside_its_field(string password, string says)
    {
        var visitor = portal.SignedOut();
        await visitor.OpenAsync(await LinkAsync(await portal.NewOwnerAsync()));

        await visitor.SubmitAsync("main form", ("Input.Password", password));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, visitor.Status);
        Assert.Contains(says, visitor.Text(".field-validation-error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_points_to_the_portals_own_address_whatever_the_request_claims()
    {
        var link = await portal.With(
            async (PasswordLinks links) => await links.ToMailAsync(await portal.NewOwnerAsync())
        );

        Assert.Equal(portal.Url.Authority, link.Authority);
    }

    [Fact]
    public async Task The_operator_gets_a_link_from_the_command_line_while_the_portal_runs()
    {
        var user = await portal.NewUserAsync();

        var (exitCode, output) = await RunAsync("admin", "reset", user.Email!);

        Assert.True(exitCode == 0, output);
        var visitor = portal.SignedOut();
        await visitor.OpenAsync(LinkPattern().Match(output).Value);
        await visitor.SubmitAsync("main form", ("Input.Password", NewPassword));
        Assert.Equal("/admin/clients", visitor.Path);
    }

    [Fact]
    public async Task The_command_line_says_when_nobody_has_the_address()
    {
        var (exitCode, output) = await RunAsync("admin", "reset", "nobody@people.test");

        Assert.Equal(1, exitCode);
        Assert.Contains("No account found for nobody@people.test.", output, StringComparison.Ordinal);
    }

    private async Task<string> LinkAsync(User user) =>
        (await portal.With((PasswordLinks links) => links.ToMailAsync(user))).PathAndQuery;

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Portal.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Testing";
        start.Environment["ASPNETCORE_CONTENTROOT"] = RepositoryPaths.Portal;
        foreach (var (key, value) in portal.Settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        using var process = Process.Start(start)!;
        var output = await Task.WhenAll(
            process.StandardOutput.ReadToEndAsync(),
            process.StandardError.ReadToEndAsync()
        );
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(output));
    }

    [GeneratedRegex(@"/account/reset\S+")]
    private static partial Regex LinkPattern();
}
