using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Pages;
using Portal.Web;

namespace Portal.Tests.Accounts;

/// <summary>Threat 28 of docs/threats.md. Addresses are told by a proxy, as they are behind one.</summary>
[Trait("Speed", "slow")]
public sealed class SignInLimitsTests(SignInLimitsTests.LimitedPortal limited)
    : IClassFixture<SignInLimitsTests.LimitedPortal>
{
    private static readonly (string, string)[] s_limits =
    [
        ("Portal:SignInLimits:FailuresPerAddress", "5"),
        ("Portal:SignInLimits:MailsPerAddress", "5"),
        ("Portal:SignInLimits:MailsPerAccount", "5"),
        ("Portal:Proxies:0", "127.0.0.1"),
        ("Portal:Proxies:1", "::1"),
    ];

    private static int s_address;
    private readonly PortalApp _portal = limited;

    [Fact]
    public async Task After_five_wrong_passwords_an_address_waits_on_every_replica()
    {
        await using var second = await _portal.ReplicaAsync(s_limits);
        var (user, address) = (await _portal.NewOwnerAsync(), NewAddress());
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(
                HttpStatusCode.UnprocessableEntity,
                (
                    await TryAsync(i % 2 == 0 ? _portal : second, address, $"{Guid.NewGuid():N}@people.test", "wrong")
                ).Status
            );
        }

        var refused = await TryAsync(second, address, user.Email!, People.Password);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.InRange(
            refused.Response.Headers.RetryAfter!.Delta!.Value,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromSeconds(60)
        );
        Assert.Matches(@"^Too many attempts\. Try again in \d+ seconds?", refused.Text("[role=alert]"));
        Assert.Equal("/dashboard", (await TryAsync(_portal, NewAddress(), user.Email!, People.Password)).Path);
    }

    [Fact]
    public async Task An_account_slows_down_guesses_from_many_addresses_and_an_unknown_one_does_alike()
    {
        var user = await _portal.NewOwnerAsync();
        foreach (var email in new[] { user.Email!, $"{Guid.NewGuid():N}@people.test" })
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(
                    HttpStatusCode.UnprocessableEntity,
                    (await TryAsync(_portal, NewAddress(), email, "wrong")).Status
                );
            }

            Assert.Equal(
                HttpStatusCode.TooManyRequests,
                (await TryAsync(_portal, NewAddress(), email, "wrong")).Status
            );
        }
    }

    [Fact]
    public async Task A_stranger_who_uses_up_the_tries_keeps_nobody_out_of_their_own_browser()
    {
        var user = await _portal.NewOwnerAsync();
        var known = await TryAsync(_portal, NewAddress(), user.Email!, People.Password);
        Assert.Equal("/dashboard", known.Path);
        for (var i = 0; i < 11; i++)
        {
            await TryAsync(_portal, NewAddress(), user.Email!, "wrong");
        }

        var stranger = await TryAsync(_portal, NewAddress(), user.Email!, People.Password);
        await known.OpenAsync(AccessPolicies.SignInPath);
        await known.OpenAsync("/account");
        await known.SubmitAsync(".side form[action*=sign-out]");
        await known.SubmitAsync("form#password", ("Input.Email", user.Email!), ("Input.Password", People.Password));

        Assert.Equal(HttpStatusCode.TooManyRequests, stranger.Status);
        Assert.Equal("/dashboard", known.Path);
    }

    [Fact]
    public async Task A_browser_that_the_account_was_used_in_has_a_share_of_its_own_and_no_endless_one()
    {
        var user = await _portal.NewOwnerAsync();
        var known = await TryAsync(_portal, NewAddress(), user.Email!, People.Password);
        await known.OpenAsync("/account");
        await known.SubmitAsync(".side form[action*=sign-out]");

        for (var i = 0; i < 5; i++)
        {
            await known.SubmitAsync("form#password", ("Input.Email", user.Email!), ("Input.Password", "wrong"));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, known.Status);
        }

        await known.SubmitAsync("form#password", ("Input.Email", user.Email!), ("Input.Password", "wrong"));
        Assert.Equal(HttpStatusCode.TooManyRequests, known.Status);
    }

    [Fact]
    public async Task Of_many_tries_at_once_no_more_pass_than_there_are()
    {
        var address = NewAddress();
        var visitors = Enumerable.Range(0, 12).Select(_ => _portal.SignedOut().From(address)).ToList();
        foreach (var visitor in visitors)
        {
            await visitor.OpenAsync(AccessPolicies.SignInPath);
        }

        await Task.WhenAll(
            visitors.Select(visitor =>
                visitor.SubmitAsync(
                    "form#password",
                    ("Input.Email", $"{Guid.NewGuid():N}@people.test"),
                    ("Input.Password", "wrong")
                )
            )
        );

        // A machine with its hands full answers some with a 503, which lets nobody through either.
        Assert.InRange(visitors.Count(visitor => visitor.Status == HttpStatusCode.UnprocessableEntity), 1, 5);
        Assert.Contains(visitors, visitor => visitor.Status == HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Whoever_signs_in_rightly_uses_nothing_up()
    {
        var (user, address) = (await _portal.NewOwnerAsync(), NewAddress());
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal("/dashboard", (await TryAsync(_portal, address, user.Email!, People.Password)).Path);
        }
    }

    [Fact]
    public async Task All_of_an_IPv6_network_counts_as_one()
    {
        var network = $"2001:db8:{Interlocked.Increment(ref s_address):x}:7";
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(
                HttpStatusCode.UnprocessableEntity,
                (await TryAsync(_portal, $"{network}::{i + 1:x}", $"{Guid.NewGuid():N}@people.test", "wrong")).Status
            );
        }

        Assert.Equal(
            HttpStatusCode.TooManyRequests,
            (await TryAsync(_portal, $"{network}:ffff::1", $"{Guid.NewGuid():N}@people.test", "wrong")).Status
        );
    }

    [Fact]
    public async Task A_share_fills_again_a_try_at_a_time()
    {
        var address = NewAddress();
        for (var i = 0; i < 6; i++)
        {
            await TryAsync(_portal, address, $"{Guid.NewGuid():N}@people.test", "wrong");
        }

        // A minute later, as the table sees it.
        await _portal.With(
            (AccountsDb db) =>
                db.Database.ExecuteSqlAsync(
                    $"UPDATE sign_in_limits SET used_until = used_until - interval '61 seconds'"
                )
        );

        Assert.Equal(
            HttpStatusCode.UnprocessableEntity,
            (await TryAsync(_portal, address, $"{Guid.NewGuid():N}@people.test", "wrong")).Status
        );
        Assert.Equal(
            HttpStatusCode.TooManyRequests,
            (await TryAsync(_portal, address, $"{Guid.NewGuid():N}@people.test", "wrong")).Status
        );
    }

    [Fact]
    public async Task Passkeys_that_nobody_knows_use_up_the_address_too()
    {
        var visitor = _portal.SignedOut().From(NewAddress());
        for (var i = 0; i < 6; i++)
        {
            await visitor.OpenAsync(AccessPolicies.SignInPath);
            await visitor.SubmitAsync("form[action*='Passkey']", ("credential", "{}"));
            Assert.Equal(i < 5 ? HttpStatusCode.UnprocessableEntity : HttpStatusCode.TooManyRequests, visitor.Status);
        }
    }

    [Fact]
    public async Task The_current_password_cannot_be_guessed_from_a_stolen_session()
    {
        var visitor = await _portal.SignedInAsync(await _portal.NewOwnerAsync(), TimeSpan.FromMinutes(11));
        await visitor.OpenAsync("/account");
        await visitor.SubmitAsync("#password", ("Change.Password", "a brand new password"));
        for (var i = 0; i < 6; i++)
        {
            await visitor.SubmitAsync("#confirm-password", ("Proof.Password", "wrong"));
            Assert.Equal(i < 5 ? HttpStatusCode.UnprocessableEntity : HttpStatusCode.TooManyRequests, visitor.Status);
        }

        Assert.Contains("Too many attempts", visitor.Text("#confirm-password"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_in_the_audit_log_with_its_address_and_an_unknown_account_leaves_no_trace()
    {
        var (user, address) = (await _portal.NewOwnerAsync(), NewAddress());
        await TryAsync(_portal, address, $"{Guid.NewGuid():N}@people.test", "wrong");
        await TryAsync(_portal, address, user.Email!, "wrong");

        // Written a moment after the answer.
        List<ChangeLog> noted;
        do
        {
            noted = await _portal.With(
                (AccountsDb db) =>
                    db.ChangeLogs.AsNoTracking().Where(log => log.Address == IPAddress.Parse(address)).ToListAsync()
            );
        } while (noted.Count == 0);

        Assert.Equal(
            (user.Id, user.ClientId, AuditAction.SignInFailed.Name),
            (noted.Single().SubjectId, noted.Single().ClientId, noted.Single().Action)
        );
    }

    [Fact]
    public async Task The_table_tells_nobody_who_tried_what()
    {
        var (user, address) = (await _portal.NewOwnerAsync(), NewAddress());
        await TryAsync(_portal, address, user.Email!, "wrong");

        Assert.Equal(
            0,
            await _portal.With(
                (AccountsDb db) =>
                    db
                        .Database.SqlQuery<int>(
                            $"SELECT count(*)::int AS \"Value\" FROM sign_in_limits l WHERE encode(l.key, 'escape') ILIKE '%' || {user.Email} || '%' OR encode(l.key, 'escape') LIKE '%' || {address} || '%' OR length(l.key) <> 32"
                        )
                        .SingleAsync()
            )
        );
    }

    // Each test its own.
    private static string NewAddress() =>
        Interlocked.Increment(ref s_address) is var n ? $"198.51.{n / 250}.{1 + (n % 250)}" : "";

    private static async Task<Visitor> TryAsync(PortalApp portal, string address, string email, string password)
    {
        var visitor = portal.SignedOut().From(address);
        await visitor.OpenAsync(AccessPolicies.SignInPath);
        await visitor.SubmitAsync("form#password", ("Input.Email", email), ("Input.Password", password));
        return visitor;
    }

    public sealed class LimitedPortal : PortalApp
    {
        public LimitedPortal() => More = s_limits;
    }
}
