using System.Net;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Portal.Accounts;
using Portal.Audit;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Tests.Pages.Account;

public sealed class FirstAdminTests(PortalApp portal) : IClassFixture<PortalApp>, IAsyncLifetime
{
    private static readonly (string, string)[] s_filled =
    [
        ("Input.Name", "Robin Agency"),
        ("Input.Email", "robin@agency.test"),
        ("Input.Password", "a long enough password"),
    ];

    // Each test begins where nobody can sign in yet.
    public async ValueTask InitializeAsync() =>
        await portal.With((AccountsDb db) => db.Users.Where(user => user.Role == UserRole.Admin).ExecuteDeleteAsync());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_set_up_link_makes_the_first_admin_and_dies_with_it()
    {
        var link = await LinkAsync();
        var (first, second) = (portal.SignedOut(), portal.SignedOut());
        await first.OpenAsync(link);
        await second.OpenAsync(link);

        await first.SubmitAsync("main form", s_filled);
        await second.SubmitAsync(
            "main form",
            ("Input.Name", "Thief"),
            ("Input.Email", "thief@agency.test"),
            ("Input.Password", "a long enough password")
        );

        Assert.Equal("/admin/clients", first.Path);
        Assert.Equal(HttpStatusCode.Gone, second.Status);
        await second.OpenAsync(link);
        Assert.Equal(HttpStatusCode.Gone, second.Status);
        Assert.Equal(
            "/admin/clients",
            (await portal.SigningInAsync("robin@agency.test", "a long enough password")).Path
        );
    }

    [Fact]
    public async Task Of_ten_people_with_the_link_exactly_one_becomes_the_first_admin()
    {
        var made = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(number =>
                    portal.With(
                        (FirstAdmin first) =>
                            first.CreateAsync("Robin", $"robin{number}@agency.test", "a long enough password", default)
                    )
                )
        );

        Assert.Single(made, result => result?.Succeeded == true);
        Assert.Equal(1, await portal.With((AccountsDb db) => db.Users.CountAsync(user => user.Role == UserRole.Admin)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?t=")]
    [InlineData("?t=guessed")]
    public async Task Nobody_becomes_an_admin_without_the_link(string query)
    {
        var visitor = portal.SignedOut();

        await visitor.OpenAsync($"/account/setup{query}");

        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
        Assert.Empty(visitor.Page.QuerySelectorAll("main form"));
    }

    [Fact]
    public async Task A_form_with_mistakes_comes_back_with_what_is_wrong()
    {
        var visitor = portal.SignedOut();
        await visitor.OpenAsync(await LinkAsync());

        await visitor.SubmitAsync(
            "main form",
            ("Input.Name", ""),
            ("Input.Email", "robin"),
            ("Input.Password", "short")
        );

        Assert.Equal(HttpStatusCode.UnprocessableEntity, visitor.Status);
        Assert.Equal(3, visitor.Page.QuerySelectorAll(".field-validation-error").Length);
    }

    [Fact]
    public async Task An_address_that_has_an_account_already_is_refused_in_plain_words()
    {
        var owner = await portal.NewOwnerAsync();
        var visitor = portal.SignedOut();
        await visitor.OpenAsync(await LinkAsync());

        await visitor.SubmitAsync(
            "main form",
            ("Input.Name", "Robin"),
            ("Input.Email", owner.Email!),
            ("Input.Password", "a long enough password")
        );

        Assert.Equal("This email already has an account.", visitor.Text(".field-validation-error"));
    }

    [Fact]
    public async Task The_settings_make_the_first_admin_at_start_and_no_second_one_later()
    {
        await EnsureAsync("robin@agency.test", "the password of the settings");
        Assert.Null(await EnsureAsync("other@agency.test", "the password of the settings"));

        Assert.Equal(
            "/admin/clients",
            (await portal.SigningInAsync("robin@agency.test", "the password of the settings")).Path
        );
        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            (await portal.SigningInAsync("other@agency.test", "the password of the settings")).Status
        );
    }

    [Theory]
    [InlineData("robin@agency.test", "short")]
    [InlineData("robin@agency.test", null)]
    [InlineData(null, "the password of the settings")]
    public async Task Half_or_weak_settings_are_refused_in_a_sentence(string? email, string? password)
    {
        var error = await Assert.ThrowsAsync<CannotStartException>(() => EnsureAsync(email, password));

        Assert.Contains("Portal:Admin", error.Message, StringComparison.Ordinal);
    }

    private async Task<string> LinkAsync() => (await EnsureAsync(null, null))!.PathAndQuery;

    // As the start does it, with the operator's settings.
    private async Task<Uri?> EnsureAsync(string? email, string? password)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var of = scope.ServiceProvider;
        var first = new FirstAdmin(
            of.GetRequiredService<AccountsDb>(),
            of.GetRequiredService<UserManager<User>>(),
            of.GetRequiredService<IDataProtectionProvider>(),
            of.GetRequiredService<PortalOptions>(),
            Options.Create(new FirstAdminOptions { Email = email, Password = password }),
            TimeProvider.System
        );
        return await first.EnsureAsync();
    }
}
