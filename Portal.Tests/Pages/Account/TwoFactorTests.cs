using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Pages.Account;

public sealed class TwoFactorTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public async Task With_an_authenticator_app_the_password_alone_is_not_enough()
    {
        var user = await portal.NewOwnerAsync();
        var (key, codes) = await SwitchOnAsync(user);

        var visitor = await portal.SigningInAsync(user.Email!, People.Password);
        Assert.Equal("/account/second-step", visitor.Path);
        await visitor.OpenAsync("/dashboard");
        Assert.Equal("/account/sign-in", visitor.Path);

        visitor = await portal.SigningInAsync(user.Email!, People.Password);
        await visitor.SubmitAsync("main form", ("Code", "000000"));
        Assert.Contains("Incorrect code.", visitor.Text("main"), StringComparison.Ordinal);
        await visitor.SubmitAsync("main form", ("Code", CodeOf(key, steps: 1)));
        Assert.Equal("/dashboard", visitor.Path);
        Assert.Equal(10, codes.Count);
    }

    [Fact]
    public async Task A_recovery_code_works_once()
    {
        var user = await portal.NewOwnerAsync();
        var (_, codes) = await SwitchOnAsync(user);

        for (var i = 0; i < 2; i++)
        {
            var visitor = await portal.SigningInAsync(user.Email!, People.Password);
            await visitor.OpenAsync("/account/second-step?recovery=true");
            await visitor.SubmitAsync("main form", ("Code", codes[0].ToLowerInvariant()));
            Assert.Equal(i == 0 ? "/dashboard" : "/account/second-step", visitor.Path);
        }
    }

    [Fact]
    public async Task Whoever_reads_the_table_finds_neither_the_apps_key_nor_a_recovery_code()
    {
        var user = await portal.NewOwnerAsync();
        var (key, codes) = await SwitchOnAsync(user);

        var stored = await portal.With(
            (AccountsDb db) =>
                db.UserTokens.Where(token => token.UserId == user.Id).Select(token => token.Value).ToListAsync()
        );

        Assert.Equal(2, stored.Count);
        Assert.All(stored, value =>
            Assert.DoesNotContain(codes.Append(key), secret =>
                value!.Contains(secret, StringComparison.OrdinalIgnoreCase)
            )
        );
    }

    [Fact]
    public async Task Recovery_codes_are_hashed_as_passwords_are_each_with_a_salt_of_its_own()
    {
        var user = await portal.NewOwnerAsync();
        var (_, codes) = await portal.WithAppAsync(user);
        var stored = (
            await portal.With(
                (AccountsDb db) =>
                    db.UserTokens.SingleAsync(token => token.UserId == user.Id && token.Name == "RecoveryCodes")
            )
        ).Value!.Split(';');

        // The version, the function, its rounds and the salt's length: as in the hash of a password.
        var password = Convert.FromBase64String((await portal.FindAsync(user)).PasswordHash!)[..13];
        Assert.Equal(codes.Count, stored.Length);
        Assert.All(stored, entry => Assert.Equal(password, Convert.FromBase64String(entry.Split(':')[1])[..13]));

        var again = await portal.With(
            (IPasswordHasher<User> hasher) =>
                Task.FromResult(
                    Enumerable.Range(0, 2).Select(_ => RecoveryCodes.Store(hasher, user, codes[0])).ToList()
                )
        );
        Assert.Equal(3, again.Append(stored[0]).Distinct().Count());
        await portal.With(
            (IPasswordHasher<User> hasher) =>
            {
                Assert.All(again, entry => Assert.Equal(entry, RecoveryCodes.Find(hasher, user, [entry], codes[0])));
                return Task.FromResult(true);
            }
        );
    }

    [Fact]
    public async Task A_wrong_code_switches_nothing_on()
    {
        var user = await portal.NewOwnerAsync();
        var owner = await portal.SignedInAsync(user);

        await owner.OpenAsync("/account/factors");
        await owner.SubmitAsync("form[action*='AddApp']", ("code", "123456"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.False((await portal.FindAsync(user)).TwoFactorEnabled);
    }

    [Theory]
    [InlineData("  Kim\u2019s \u200B\u00A0 laptop\u0007\u202E ", "Kim\u2019s laptop")]
    [InlineData("Cafe\u0301", "Caf\u00E9")]
    [InlineData("\u200B\u00AD", "This device")]
    public async Task A_passkeys_name_is_what_people_read(string typed, string name)
    {
        var owner = await portal.SignedInAsync(await portal.NewOwnerAsync());
        await owner.OpenAsync("/account/factors");

        // As it comes back from the page that asks for a proof: nothing was asked of the authenticator yet.
        await owner.SubmitAsync("passkey-form form", ("name", typed));

        Assert.Equal((HttpStatusCode.OK, name), (owner.Status, owner.Attribute("#passkey-name", "value")));
        await owner.SubmitAsync("passkey-form form", ("name", new string('x', 61)));
        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, "Use up to 60 characters."),
            (owner.Status, owner.Text("passkey-form form .field-validation-error"))
        );
    }

    [Fact]
    public async Task Five_wrong_codes_close_the_second_step_for_a_while()
    {
        var user = await portal.NewOwnerAsync();
        var (key, _) = await SwitchOnAsync(user);
        var visitor = await portal.SigningInAsync(user.Email!, People.Password);

        for (var i = 0; i < 5; i++)
        {
            await visitor.SubmitAsync("main form", ("Code", "000000"));
        }

        await visitor.SubmitAsync("main form", ("Code", CodeOf(key, steps: 1)));
        Assert.Equal(HttpStatusCode.TooManyRequests, visitor.Status);
        Assert.Contains("Too many attempts. Try again in", visitor.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admin_gets_no_further_than_the_account_until_there_is_a_second_factor()
    {
        var strict = await portal.OtherAsync(("Portal:AdminsNeedSecondFactor", "true"));
        var user = await strict.NewUserAsync();
        var admin = await strict.SigningInAsync(user.Email!, People.Password);
        Assert.Equal("/account/factors", admin.Path);
        await admin.OpenAsync("/admin/jobs");
        Assert.Equal("/account/factors", admin.Path);
        Assert.Contains("Set up two-factor authentication to continue.", admin.Text("main"), StringComparison.Ordinal);

        var key = admin.Text("form[action*='AddApp'] code").Replace(" ", "", StringComparison.Ordinal);
        await admin.SubmitAsync("form[action*='AddApp']", ("code", CodeOf(key)));
        Assert.Equal("/", admin.Attribute("#continue", "href"));
        await admin.OpenAsync("/admin/jobs");

        Assert.Equal("/admin/jobs", admin.Path);
    }

    [Fact]
    public async Task Nobody_removes_anothers_passkey_and_a_made_up_answer_adds_none()
    {
        var owner = await portal.SignedInAsync(await portal.NewOwnerAsync());

        await owner.OpenAsync("/account/factors");
        await owner.SubmitAsync(
            "passkey-form form",
            ("credential", "{\"id\":\"AAAA\",\"rawId\":\"AAAA\",\"type\":\"public-key\",\"response\":{}}"),
            ("name", "Mine")
        );
        Assert.DoesNotContain("Mine", owner.Text("main"), StringComparison.Ordinal);

        var nobody = portal.SignedOut();
        await nobody.OpenAsync("/account/sign-in");
        await nobody.SubmitAsync("form[action*='Passkey']", ("credential", "{}"));
        Assert.Contains("We don’t recognize this passkey", nobody.Text("main"), StringComparison.Ordinal);
    }

    private async Task<(string Key, List<string> Codes)> SwitchOnAsync(User user)
    {
        var owner = await portal.SignedInAsync(user);
        await owner.OpenAsync("/account/factors");
        var key = owner.Text("form[action*='AddApp'] code").Replace(" ", "", StringComparison.Ordinal);
        await owner.SubmitAsync("form[action*='AddApp']", ("code", CodeOf(key)));
        return (key, [.. owner.Page.QuerySelectorAll("#codes li").Select(code => code.TextContent.Trim())]);
    }

    // RFC 6238 with SHA-1, six digits, 30 seconds. A code is taken from the next step too, and no code twice.
    internal static string CodeOf(string key, int steps = 0, DateTimeOffset? at = null)
    {
        var bits = string.Concat(
            key.Select(c =>
                Convert
                    .ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal), 2)
                    .PadLeft(5, '0')
            )
        );
        byte[] secret =
        [
            .. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(8 * i, 8), 2)),
        ];
        var step = BitConverter.GetBytes(((at ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds() / 30) + steps);
        Array.Reverse(step);
#pragma warning disable CA5350 // The algorithm of the standard.
        var hash = HMACSHA1.HashData(secret, step);
#pragma warning restore CA5350
        var offset = hash[^1] & 15;
        var number =
            ((hash[offset] & 127) << 24) | (hash[offset + 1] << 16) | (hash[offset + 2] << 8) | hash[offset + 3];
        return $"{number % 1_000_000:000000}";
    }
}
