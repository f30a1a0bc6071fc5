using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Pages;
using Portal.Tests.Pages.Account;

namespace Portal.Tests.Accounts;

/// <summary>How a session proved who it is, what that is good for, and the page that asks for more.</summary>
public sealed class StepUpTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private static readonly TimeSpan s_tooOld = TimeSpan.FromMinutes(11);

    [Fact]
    public async Task Who_has_a_passkey_and_types_the_password_is_asked_for_the_passkey()
    {
        var user = await portal.NewUserAsync();
        await portal.WithPasskeyAsync(user);

        var visitor = await portal.SigningInAsync(user.Email!, People.Password);

        Assert.Equal("/account/second-step", visitor.Path);
        Assert.NotNull(visitor.Page.QuerySelector("passkey-form"));
        await visitor.OpenAsync("/admin/clients");
        Assert.Equal("/account/sign-in", visitor.Path);
    }

    [Fact]
    public async Task What_an_account_has_set_up_is_no_proof_for_an_admins_pages()
    {
        var strict = await portal.OtherAsync(("Portal:AdminsNeedSecondFactor", "true"));
        var user = await strict.NewUserAsync();
        var (key, _) = await strict.WithAppAsync(user);
        var client = await strict.NewClientAsync();
        var admin = await strict.ProvedAsync(user, default, ProofMethod.Password);

        foreach (var path in new[] { "/admin/jobs", "/admin/tokens", $"/admin/clients/{client.Id}" })
        {
            await admin.OpenAsync(path);
            Assert.Equal(StepUp.Path, admin.Path);
        }

        await admin.SubmitAsync("#confirm-code", ("Proof.Code", TwoFactorTests.CodeOf(key)));

        Assert.Equal($"/admin/clients/{client.Id}", admin.Path);
        await admin.SubmitAsync("#view-as");
        Assert.Equal("/dashboard", admin.Path);
    }

    [Fact]
    public async Task Looking_through_a_clients_eyes_needs_the_factor_too_and_ends_with_it()
    {
        var strict = await portal.OtherAsync(("Portal:AdminsNeedSecondFactor", "true"));
        var user = await strict.NewUserAsync();
        await strict.WithAppAsync(user);
        var client = await strict.NewClientAsync();
        var admin = await strict.SignedInAsync(user);
        await admin.OpenAsync($"/admin/clients/{client.Id}");
        await admin.SubmitAsync("#view-as");
        Assert.Equal("/dashboard", admin.Path);

        await admin.OpenAsync("/account/factors");
        await admin.SubmitAsync("form[action*='RemoveApp']");
        await admin.SubmitAsync("#removing form");

        Assert.Contains("Set up two-factor authentication to continue.", admin.Text("main"), StringComparison.Ordinal);
        await admin.OpenAsync("/dashboard");
        Assert.Equal(HttpStatusCode.Forbidden, admin.Status);
        await admin.OpenAsync("/admin/clients");
        Assert.Equal("/account/factors", admin.Path);
    }

    [Fact]
    public async Task A_view_that_was_ended_does_not_come_back_with_its_cookie()
    {
        var user = await portal.NewUserAsync();
        var client = await portal.NewClientAsync();
        var admin = await portal.SignedInAsync(user);
        await admin.OpenAsync($"/admin/clients/{client.Id}");
        await admin.SubmitAsync("#view-as");
        var view = admin.Cookies.Single(cookie => cookie.Name == "portal-view");

        await admin.SubmitAsync(".viewing form");
        admin.Carry(view);
        await admin.OpenAsync("/dashboard");

        Assert.Equal(HttpStatusCode.Forbidden, admin.Status);
    }

    [Fact]
    public void Whatever_changes_a_way_in_or_cannot_be_undone_asks_for_a_recent_proof()
    {
        var asking = typeof(RequireRecentProofAttribute)
            .Assembly.GetTypes()
            .SelectMany(type =>
                type.GetMethods()
                    .Where(method => method.IsDefined(typeof(RequireRecentProofAttribute)))
                    .Select(method => $"{type.FullName!["Portal.Pages.".Length..]}.{method.Name}")
            );

        Assert.Equal(
            [
                "Account.Email.IndexModel.OnPostAsync",
                "Account.Factors.IndexModel.OnPostAddAppAsync",
                "Account.Factors.IndexModel.OnPostAddPasskeyAsync",
                "Account.Factors.IndexModel.OnPostCodesAsync",
                "Account.Factors.IndexModel.OnPostPasskeyOptionsAsync",
                "Account.Factors.IndexModel.OnPostRemoveAppAsync",
                "Account.Factors.IndexModel.OnPostRemovePasskeyAsync",
                "Account.Profile.IndexModel.OnPostPasswordAsync",
                "Admin.Clients.DeleteModel.OnPostAsync",
                "Admin.People.PersonModel.OnPostRecoverAsync",
                "Admin.Tokens.IndexModel.OnPostAsync",
            ],
            asking.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("/account", "/account?handler=Password")]
    [InlineData("/account", "/account/email")]
    [InlineData("/account", "/account/factors?handler=AddPasskey")]
    [InlineData("/account", "/account/factors?handler=RemovePasskey")]
    [InlineData("/account", "/account/factors?handler=AddApp")]
    [InlineData("/account", "/account/factors?handler=RemoveApp")]
    [InlineData("/account", "/account/factors?handler=Codes")]
    [InlineData("/account", "/admin/tokens")]
    [InlineData("/account", "/admin/clients/{0}/delete")]
    [InlineData("/account", "/admin/people/{0}?handler=Recover")]
    public async Task A_session_cookie_alone_is_not_enough_after_ten_minutes(string page, string handler)
    {
        var user = await portal.NewUserAsync();
        await portal.WithAppAsync(user);
        var admin = await portal.SignedInAsync(user, s_tooOld);
        await admin.OpenAsync(page);
        var stamp = (await portal.FindAsync(user)).SecurityStamp;

        await admin.SubmitAsync(
            "form",
            to: string.Format(System.Globalization.CultureInfo.InvariantCulture, handler, user.Id),
            ("Change.Password", "a brand new password")
        );

        Assert.Equal(StepUp.Path, admin.Path);
        Assert.NotNull(admin.Page.QuerySelector("#confirm-code"));
        Assert.Null(admin.Page.QuerySelector("#confirm-password"));
        Assert.Equal(stamp, (await portal.FindAsync(user)).SecurityStamp);
    }

    [Fact]
    public async Task The_form_waits_with_its_text_and_is_sent_on()
    {
        var user = await portal.NewUserAsync();
        var admin = await portal.SignedInAsync(user, s_tooOld);
        var name = $"Nightly “{Guid.NewGuid():N}” & <more>";
        await admin.OpenAsync("/admin/tokens");

        await admin.SubmitAsync(
            "main form:has([name='Input.Name'])",
            ("Input.Name", name),
            ("Input.Days", "90"),
            ("Input.Scopes", "clean-up"),
            ("Input.Scopes", "widgets:read")
        );
        Assert.Equal(StepUp.Path, admin.Path);
        await admin.SubmitAsync("#confirm-password", ("Proof.Password", "wrong"));
        Assert.Contains("Incorrect password.", admin.Text("#confirm-password"), StringComparison.Ordinal);
        await admin.SubmitAsync("#confirm-password", ("Proof.Password", People.Password));

        Assert.Equal("/admin/tokens", admin.Path);
        var made = await portal.With(
            (AccountsDb db) => db.AdminTokens.SingleAsync(token => token.CreatedBy == user.Id)
        );
        Assert.Equal((name, "clean-up widgets:read"), (made.Name, string.Join(' ', made.Scopes.Order())));
        Assert.InRange(made.ExpiresAt - made.CreatedAt, TimeSpan.FromDays(89), TimeSpan.FromDays(91));
    }

    [Fact]
    public async Task The_other_way_to_prove_oneself_keeps_the_form_waiting()
    {
        var user = await portal.NewUserAsync();
        var (_, codes) = await portal.WithAppAsync(user);
        var admin = await portal.SignedInAsync(user, s_tooOld);
        await admin.OpenAsync("/account");
        await admin.SubmitAsync("#password", ("Change.Password", "a brand new password"));

        await admin.SubmitAsync("form[action*='Switch']");
        await admin.SubmitAsync("#confirm-code", ("Proof.Code", codes[0]));

        Assert.Equal("/account", admin.Path);
        Assert.Equal("/account/second-step", (await portal.SigningInAsync(user.Email!, "a brand new password")).Path);
    }

    [Fact]
    public async Task A_copy_of_the_cookie_from_before_does_not_share_the_proof()
    {
        var user = await portal.NewUserAsync();
        var admin = await portal.SignedInAsync(user, s_tooOld);
        await admin.OpenAsync("/account");
        var thief = portal.Holding(admin.Cookies);
        await admin.OpenAsync($"{StepUp.Path}?returnUrl=/account/email");
        await admin.SubmitAsync("#confirm-password", ("Proof.Password", People.Password));
        Assert.Equal("/account/email", admin.Path);

        await thief.OpenAsync("/account");
        await thief.SubmitAsync("#password", ("Change.Password", "the password of a thief"));

        Assert.Equal(StepUp.Path, thief.Path);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("javascript:alert(1)")]
    public async Task A_proof_leads_back_to_our_own_pages_only(string address)
    {
        var visitor = await portal.SignedInAsync(await portal.NewOwnerAsync(), s_tooOld);
        await visitor.OpenAsync($"{StepUp.Path}?returnUrl={Uri.EscapeDataString(address)}");
        Assert.StartsWith("/account", visitor.Attribute("#confirm a", "href"), StringComparison.Ordinal);

        await visitor.SubmitAsync("#confirm-password", ("Proof.Password", People.Password));

        Assert.Equal(new Uri(portal.Url, "/account"), visitor.Address);
    }

    [Fact]
    public async Task Another_site_leads_nobodys_form_to_a_proof()
    {
        var visitor = await portal.SignedInAsync(await portal.NewOwnerAsync(), s_tooOld);

        foreach (
            var path in new[]
            {
                "/account/factors?handler=Codes",
                $"{StepUp.Path}?returnUrl=/account/factors?handler=Codes",
                $"{StepUp.Path}?handler=Password",
            }
        )
        {
            await visitor.PostAsync(path, ("Proof.Waiting", "true"), ("Proof.Password", People.Password));
            Assert.Equal(HttpStatusCode.BadRequest, visitor.Status);
        }
    }

    [Fact]
    public async Task A_reset_changes_the_password_and_signs_nobody_in_past_their_factor()
    {
        var user = await portal.NewUserAsync();
        var (key, _) = await portal.WithAppAsync(user);
        await portal.WithPasskeyAsync(user, "Planted");
        var visitor = portal.SignedOut();
        await visitor.OpenAsync((await portal.With((PasswordLinks links) => links.ToMailAsync(user))).PathAndQuery);

        await visitor.SubmitAsync("main form", ("Input.Password", "a brand new password"));

        Assert.Contains("Planted", visitor.Text("#factors"), StringComparison.Ordinal);
        Assert.Contains("Authenticator app", visitor.Text("#factors"), StringComparison.Ordinal);
        var review = visitor.Attribute("#review", "href")!;
        await visitor.OpenAsync("/account");
        Assert.Equal("/account/sign-in", visitor.Path);

        // Signed in with their own factor, they take the other one away.
        await visitor.OpenAsync(review);
        await visitor.SubmitAsync("#code-form", ("Code", TwoFactorTests.CodeOf(key)));
        Assert.Equal("/account/factors", visitor.Path);
        await visitor.SubmitAsync("form[action*='RemovePasskey']");
        Assert.Empty(
            await portal.With(
                async (UserManager<User> users) =>
                    await users.GetPasskeysAsync((await users.FindByIdAsync($"{user.Id}"))!)
            )
        );
    }

    [Fact]
    public async Task A_code_of_the_app_works_once_on_whichever_replica()
    {
        var second = await portal.OtherAsync();
        var user = await portal.NewOwnerAsync();
        var (key, _) = await portal.WithAppAsync(user);
        var code = TwoFactorTests.CodeOf(key);
        Visitor[] crowd =
        [
            await portal.SigningInAsync(user.Email!, People.Password),
            await second.SigningInAsync(user.Email!, People.Password),
        ];

        await Task.WhenAll(crowd.Select(one => one.SubmitAsync("#code-form", ("Code", code))));

        Assert.Single(crowd, one => one.Path == "/dashboard");
        var late = await portal.SigningInAsync(user.Email!, People.Password);
        foreach (var old in new[] { code, TwoFactorTests.CodeOf(key, steps: -1) })
        {
            await late.SubmitAsync("#code-form", ("Code", old));
            Assert.Equal("/account/second-step", late.Path);
        }
    }

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task A_clock_may_be_off_by_one_code_and_no_more(int steps, bool isTaken)
    {
        var user = await portal.NewOwnerAsync();
        var (key, _) = await portal.WithAppAsync(user);
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var codes = new AuthenticatorCodes(portal.Services.GetRequiredService<IDbContextFactory<AccountsDb>>(), clock);

        Assert.Equal(
            isTaken,
            await codes.RedeemAsync(user, key, TwoFactorTests.CodeOf(key, steps, clock.GetUtcNow()), default)
        );
    }

    [Theory]
    [InlineData(-3)]
    [InlineData(3)]
    public async Task A_code_of_another_time_is_none(int steps)
    {
        var user = await portal.NewOwnerAsync();
        var (key, _) = await portal.WithAppAsync(user);
        var visitor = await portal.SigningInAsync(user.Email!, People.Password);

        await visitor.SubmitAsync("#code-form", ("Code", TwoFactorTests.CodeOf(key, steps)));

        Assert.Contains("Incorrect code.", visitor.Text("#code-form"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-", "")]
    [InlineData("-", " ")]
    [InlineData("-", " – ")]
    [InlineData("-", "\u2011")]
    [InlineData("0", "O")]
    [InlineData("1", "l")]
    public async Task A_recovery_code_is_taken_however_it_was_written_down(string from, string to)
    {
        var user = await portal.NewOwnerAsync();
        var (_, codes) = await portal.WithAppAsync(user);
        var visitor = await portal.SigningInAsync(user.Email!, People.Password);
        await visitor.OpenAsync("/account/second-step?recovery=true");

        await visitor.SubmitAsync(
            "#code-form",
            ("Code", $" {codes[1].Replace(from, to, StringComparison.Ordinal).ToLowerInvariant()} ")
        );

        Assert.Equal("/dashboard", visitor.Path);
        Assert.All(codes, code => Assert.Equal(19, code.Length));
    }

    [Fact]
    public async Task Somebody_who_has_the_password_uses_up_nobody_elses_codes()
    {
        var user = await portal.NewOwnerAsync();
        var known = await portal.SigningInAsync(user.Email!, People.Password);
        var (key, _) = await portal.WithAppAsync(user);
        var signedIn = await portal.SignedInAsync(user, s_tooOld);
        var thief = await portal.SigningInAsync(user.Email!, People.Password);
        for (var i = 0; i < 6; i++)
        {
            await thief.SubmitAsync("#code-form", ("Code", "000000"));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, thief.Status);
        await signedIn.OpenAsync("/account");
        await signedIn.SubmitAsync("#password", ("Change.Password", "a brand new password"));
        await signedIn.SubmitAsync("#confirm-code", ("Proof.Code", TwoFactorTests.CodeOf(key)));
        Assert.Equal("/account", signedIn.Path);

        await known.OpenAsync("/account/sign-in");
        await known.SubmitAsync(
            "form#password",
            ("Input.Email", user.Email!),
            ("Input.Password", "a brand new password")
        );
        await known.SubmitAsync("#code-form", ("Code", TwoFactorTests.CodeOf(key, steps: 1)));
        Assert.Equal("/dashboard", known.Path);
    }

    [Fact]
    public async Task A_passkey_of_the_portals_old_address_is_listed_as_such_and_protects_nothing()
    {
        var user = await portal.NewOwnerAsync();
        await portal.WithPasskeyAsync(user, "Old laptop", new Uri("https://old.example"));

        var visitor = await portal.SigningInAsync(user.Email!, People.Password);
        Assert.Equal("/dashboard", visitor.Path);
        await visitor.OpenAsync("/account/factors");

        Assert.Contains("Works only at old.example", visitor.Text("#passkeys"), StringComparison.Ordinal);
        await visitor.OpenAsync("/account");
        Assert.Contains("Two-factor authentication is off.", visitor.Text("main"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admins_last_factor_goes_after_a_confirmation_and_their_tokens_with_it()
    {
        var strict = await portal.OtherAsync(("Portal:AdminsNeedSecondFactor", "true"));
        var user = await strict.NewUserAsync();
        await strict.WithAppAsync(user);
        var (row, token) = AdminToken.Make(
            "Nightly",
            ["widgets:read"],
            user.Id,
            "Kim",
            DateTimeOffset.UtcNow,
            TimeSpan.FromDays(1)
        );
        await strict.With(
            (AccountsDb db) =>
            {
                db.Add(row);
                return db.SaveChangesAsync();
            }
        );
        var admin = await strict.SignedInAsync(user);
        Assert.Equal(HttpStatusCode.OK, await CallAsync());

        await admin.OpenAsync("/account/factors");
        await admin.SubmitAsync("form[action*='RemoveApp']");
        Assert.Contains("only second factor", admin.Text("#removing"), StringComparison.Ordinal);
        Assert.True((await strict.FindAsync(user)).TwoFactorEnabled);
        await admin.SubmitAsync("#removing form");

        Assert.False((await strict.FindAsync(user)).TwoFactorEnabled);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync());
        await strict.WithAppAsync(user);
        Assert.Equal(HttpStatusCode.Unauthorized, await CallAsync());

        async Task<HttpStatusCode> CallAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/admin/widgets")
            {
                Headers = { Authorization = new("Bearer", token) },
            };
            using var answer = await strict.Http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task The_only_way_into_an_account_is_not_removed()
    {
        var user = await portal.NewOwnerAsync();
        await portal.WithPasskeyAsync(user);
        await portal.With(
            async (UserManager<User> users) =>
                await users.RemovePasswordAsync((await users.FindByIdAsync($"{user.Id}"))!)
        );
        var visitor = await portal.ProvedAsync(await portal.FindAsync(user), default, ProofMethod.Passkey);
        await visitor.OpenAsync("/account/factors");

        await visitor.SubmitAsync(
            "form[action*='RemovePasskey']",
            to: "/account/factors?handler=RemovePasskey",
            ("confirmed", "true")
        );

        Assert.Contains("only way into your account", visitor.Text("#removing"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 11, true)]
    [InlineData(true, 13, false)]
    [InlineData(false, 29 * 24, true)]
    [InlineData(false, 31 * 24, false)]
    public async Task A_session_ends_for_good_however_often_somebody_comes(bool isAdmin, int hours, bool isLiving)
    {
        var user = isAdmin ? await portal.NewUserAsync() : await portal.NewOwnerAsync();
        var session = await portal.NewSessionAsync(user);
        var (age, longest) = (TimeSpan.FromHours(hours), TimeSpan.FromHours(isAdmin ? 12 : 30 * 24));
        await portal.With(
            (AccountsDb db) =>
                db.Database.ExecuteSqlAsync(
                    $"UPDATE user_sessions SET created_at = now() - {age}, expires_at = least(now() + interval '1 day', now() - {age} + {longest}) WHERE id = {session}"
                )
        );
        var person = await portal.With((IUserClaimsPrincipalFactory<User> claims) => claims.CreateAsync(user));
        var visitor = portal.Carrying(
            [.. person.Claims, new(SessionStore.Claim, $"{session}")],
            TimeSpan.FromMinutes(2)
        );

        await visitor.OpenAsync("/account");

        Assert.Equal(isLiving ? "/account" : "/account/sign-in", visitor.Path);
        var row = await portal.With(
            (AccountsDb db) => db.Sessions.AsNoTracking().SingleAsync(row => row.Id == session)
        );
        Assert.InRange(
            row.ExpiresAt - row.CreatedAt,
            TimeSpan.Zero,
            isAdmin ? TimeSpan.FromHours(12.01) : TimeSpan.FromDays(30.01)
        );
    }

    [Fact]
    public async Task Every_cookie_of_ours_is_bound_to_this_host_and_to_TLS()
    {
        await using var secure = await portal.ReplicaAsync(("Portal:PublicUrl", "https://portal.example/"));
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = secure.Url,
        };
        var cookies = new List<string>();
        using var page = await http.GetAsync("/account/sign-in");
        cookies.AddRange(page.Headers.TryGetValues("Set-Cookie", out var set) ? set : []);
        var names = new[] { "", "news", "theme", "view", "second-step", "device", "forms", "demo-0" }.Select(name =>
            secure.With((Portal.Web.PortalCookies ours) => Task.FromResult(ours.NameOf(name)))
        );

        Assert.NotEmpty(cookies);
        Assert.All(cookies, cookie => Assert.Matches("^__Host-portal.*; secure", cookie));
        Assert.All(await Task.WhenAll(names), name =>
            Assert.StartsWith("__Host-portal", name, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void No_cookie_is_written_but_by_the_one_that_names_them()
    {
        var writers = Directory
            .EnumerateFiles(RepositoryPaths.Portal, "*.cs", SearchOption.AllDirectories)
            .Where(file =>
                !file.Contains("/obj/", StringComparison.Ordinal)
                && !file.Contains("/node_modules/", StringComparison.Ordinal)
            )
            .Where(file =>
                File.ReadAllText(file) is var text
                && (
                    text.Contains("Response.Cookies", StringComparison.Ordinal)
                    || text.Contains("Cookie.Name =", StringComparison.Ordinal)
                    || text.Contains("CookieOptions", StringComparison.Ordinal)
                        && text.Contains("new CookieOptions", StringComparison.Ordinal)
                )
            )
            .Select(Path.GetFileName);

        Assert.Equal(["PortalCookies.cs"], writers);
    }
}
