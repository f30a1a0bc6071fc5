using Microsoft.AspNetCore.Identity;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Pages;

namespace Portal.Tests.Accounts;

public sealed class CommonPasswordsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Theory]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("qwerty123456")]
    [InlineData("QWERTY123456")]
    [InlineData("Sunshine2026!")]
    [InlineData("!!password!!12")]
    [InlineData("passwordpassword")]
    [InlineData("abcdabcdabcd")]
    [InlineData("abcdefghijkl")]
    [InlineData("123456789012")]
    [InlineData("987654321098")]
    [InlineData("Kim Person 26")]
    [InlineData("chat portal 1")]
    [InlineData("chatportal123")]
    [InlineData("qwertyuiopas")]
    [InlineData("asdfghjkl;12")]
    [InlineData("KimPerson1987!")]
    [InlineData("kim@people.test")]
    [InlineData("P@ssw0rd1234")]
    [InlineData("drowssap12345")]
    [InlineData("summer2025summer")]
    [InlineData("iloveyouforever")]
    public async Task A_password_that_guessers_try_early_is_refused(string password)
    {
        var result = await CheckAsync(password);

        Assert.Contains(result.Errors, error =>
            error.Description.StartsWith("This password is too easy to guess.", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("sunshine in my left shoe")]
    [InlineData("kim person likes no cats")]
    [InlineData("paßwörter sind doof")]
    [InlineData("f8Lq2vXz0TnR")]
    [InlineData("dragonfly 29384729102")]
    public async Task Nothing_is_asked_of_the_letters_of_any_other(string password) =>
        Assert.Empty((await CheckAsync(password)).Errors);

    [Fact]
    public async Task The_account_page_says_so_beside_the_field()
    {
        var visitor = await portal.SignedInAsync(await portal.NewOwnerAsync());
        await visitor.OpenAsync("/account");

        await visitor.SubmitAsync("#password", ("Change.Password", "Sunshine2026!"));

        Assert.Contains("This password is too easy to guess.", visitor.Text("#password"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11, false)]
    [InlineData(12, true)]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public async Task A_password_has_12_to_128_characters(int length, bool isTaken)
    {
        var visitor = await portal.SignedInAsync(await portal.NewOwnerAsync());
        await visitor.OpenAsync("/account");

        await visitor.SubmitAsync("#password", ("Change.Password", Phrase(length)));

        Assert.Equal(
            isTaken ? System.Net.HttpStatusCode.OK : System.Net.HttpStatusCode.UnprocessableEntity,
            visitor.Status
        );
    }

    [Fact]
    public void Fields_for_passwords_may_be_pasted_into()
    {
        foreach (
            var page in Directory
                .EnumerateFiles(Path.Combine(RepositoryPaths.Portal, "Pages"), "*.cshtml", SearchOption.AllDirectories)
                .Concat(Directory.EnumerateFiles(Path.Combine(RepositoryPaths.Portal, "wwwroot/js"), "*.js"))
        )
        {
            Assert.DoesNotContain("onpaste", File.ReadAllText(page), StringComparison.OrdinalIgnoreCase);
        }
    }

    private static string Phrase(int length) =>
        string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + (i * 7 % 26) - (i % 3))))
            .Replace('`', 'q')
            .Replace('_', 'z');

    private Task<IdentityResult> CheckAsync(string password) =>
        portal.With(
            async (UserManager<User> users) =>
            {
                var person = new User { DisplayName = "Kim Person", Email = "kim@people.test" };
                var results = new List<IdentityResult>();
                foreach (var validator in users.PasswordValidators)
                {
                    results.Add(await validator.ValidateAsync(users, person, password));
                }

                return results.FirstOrDefault(result => !result.Succeeded) ?? IdentityResult.Success;
            }
        );
}
