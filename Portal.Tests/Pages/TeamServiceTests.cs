using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Tests.Pages;

public sealed class TeamServiceTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public async Task An_invited_member_gets_in_by_the_link_once()
    {
        var (owner, email) = (await portal.NewOwnerAsync(), $"{Guid.NewGuid():N}@team.test");
        var link = await InviteAsync(await portal.SignedInAsync(owner), email);

        var newcomer = portal.SignedOut();
        await newcomer.OpenAsync(link);
        Assert.Contains(
            $"Kim Person invited you to join as a member. You’ll sign in as {email}.",
            newcomer.Text("#welcome"),
            StringComparison.Ordinal
        );
        await newcomer.SubmitAsync("#welcome", ("Input.Name", "Nia New"), ("Input.Password", People.Password));

        Assert.Equal("/dashboard", newcomer.Path);
        var made = await portal.With((AccountsDb db) => db.Users.SingleAsync(user => user.Email == email));
        // The inviter, who was shown the link, may have opened it, so it proves nothing about the mailbox.
        Assert.Equal(
            (owner.ClientId, UserRole.Member, "Nia New", false),
            (made.ClientId, made.Role, made.DisplayName, made.EmailConfirmed)
        );
        var second = portal.SignedOut();
        await second.OpenAsync(link);
        Assert.Equal(HttpStatusCode.Gone, second.Status);
        Assert.Equal(
            [
                AuditAction.Invited.Name,
                AuditAction.InvitationLinked.Name,
                AuditAction.Joined.Name,
                AuditAction.SignedIn.Name,
            ],
            await ActsAsync(owner)
        );
    }

    [Fact]
    public async Task Of_many_who_open_one_link_at_once_one_gets_in()
    {
        var (owner, email) = (await portal.NewOwnerAsync(), $"{Guid.NewGuid():N}@team.test");
        var link = await InviteAsync(await portal.SignedInAsync(owner), email);
        var crowd = Enumerable.Range(0, 6).Select(_ => portal.SignedOut()).ToList();
        foreach (var one in crowd)
        {
            await one.OpenAsync(link);
        }

        await Task.WhenAll(crowd.Select(one => one.SubmitAsync("#welcome", ("Input.Password", People.Password))));

        Assert.Single(crowd, one => one.Path == "/dashboard");
        Assert.All(crowd.Where(one => one.Path != "/dashboard"), one =>
            Assert.True(one.Status is HttpStatusCode.Gone or HttpStatusCode.UnprocessableEntity, $"{one.Status}")
        );
        Assert.Equal(1, await portal.With((AccountsDb db) => db.Users.CountAsync(user => user.Email == email)));
    }

    [Theory]
    [InlineData("revoked")]
    [InlineData("expired")]
    [InlineData("suspended")]
    [InlineData("guessed")]
    public async Task A_link_that_is_no_longer_good_says_so(string how)
    {
        var owner = await portal.NewOwnerAsync();
        var visitor = await portal.SignedInAsync(owner);
        var link = await InviteAsync(visitor, $"{Guid.NewGuid():N}@team.test");
        switch (how)
        {
            case "revoked":
                await visitor.SubmitAsync("#invited form[action*=Revoke]");
                Assert.False(visitor.Shows("#invited"));
                break;
            case "expired":
                await portal.With(
                    (AccountsDb db) =>
                        db
                            .Invitations.Where(i => i.ClientId == owner.ClientId)
                            .ExecuteUpdateAsync(set => set.SetProperty(i => i.ExpiresAt, DateTimeOffset.UtcNow))
                );
                break;
            case "suspended":
                await SuspendAsync(owner.ClientId!.Value);
                break;
            default:
                link = "/account/welcome?t=" + new string('A', 43);
                break;
        }

        var newcomer = portal.SignedOut();
        await newcomer.OpenAsync(link);

        Assert.Equal(HttpStatusCode.Gone, newcomer.Status);
        Assert.Contains("This link has expired", newcomer.Text("h1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_stays_good_however_often_it_is_shown()
    {
        var visitor = await portal.SignedInAsync(await portal.NewOwnerAsync());
        var link = await InviteAsync(visitor, $"{Guid.NewGuid():N}@team.test");

        await visitor.SubmitAsync("#invited form[action*=Link]");

        Assert.Contains(link, visitor.Body, StringComparison.Ordinal);
        var newcomer = portal.SignedOut();
        await newcomer.OpenAsync(link);
        Assert.Equal(HttpStatusCode.OK, newcomer.Status);
    }

    [Fact]
    public async Task The_database_keeps_no_link()
    {
        var owner = await portal.NewOwnerAsync();
        var link = await InviteAsync(await portal.SignedInAsync(owner), $"{Guid.NewGuid():N}@team.test");
        var token = link.Split("t=")[1];

        Assert.Equal(
            0,
            await portal.With(
                (AccountsDb db) =>
                    db
                        .Database.SqlQuery<int>(
                            $"SELECT count(*)::integer AS \"Value\" FROM invitations i WHERE i::text LIKE '%' || {token} || '%'"
                        )
                        .SingleAsync()
            )
        );
        Assert.Equal(
            32,
            (
                await portal.With(
                    (AccountsDb db) =>
                        db.Invitations.Where(i => i.ClientId == owner.ClientId).Select(i => i.TokenHash).SingleAsync()
                )
            )!.Length
        );
    }

    [Fact]
    public async Task A_link_that_was_handed_over_says_nothing_about_other_accounts()
    {
        var (owner, elsewhere) = (await portal.NewOwnerAsync(), await portal.NewOwnerAsync());
        var inviter = await portal.SignedInAsync(owner);
        var (known, unknown) = (
            await InviteAsync(inviter, elsewhere.Email!),
            await InviteAsync(inviter, $"{Guid.NewGuid():N}@team.test")
        );
        var (visitor, other) = (portal.SignedOut(), portal.SignedOut());
        await visitor.OpenAsync(known);
        await other.OpenAsync(unknown);
        Assert.Equal(other.Text("#welcome h1"), visitor.Text("#welcome h1"));

        await visitor.SubmitAsync("#welcome", ("Input.Password", People.Password));

        Assert.Equal(HttpStatusCode.Gone, visitor.Status);
        Assert.Equal("This link has expired", visitor.Text("h1"));
        Assert.DoesNotContain("account", visitor.Text("main"), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(elsewhere.ClientId, (await portal.FindAsync(elsewhere)).ClientId);
    }

    [Theory]
    [InlineData("a@b.test, c@d.test")]
    [InlineData("a@b.test\r\nBcc: c@d.test")]
    [InlineData("Kim <a@b.test>")]
    [InlineData("a@localhost")]
    public async Task An_invitation_goes_to_exactly_one_address(string email)
    {
        var owner = await portal.SignedInAsync(await portal.NewOwnerAsync());
        await owner.OpenAsync("/team");

        await owner.SubmitAsync("#invite", ("Input.Name", "Nia"), ("Input.Email", email));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.Equal("Enter a valid email address.", owner.Text("#Input_Email-error"));
        Assert.False(owner.Shows("#invited"));
    }

    [Fact]
    public async Task Members_see_the_team_and_manage_nothing()
    {
        var owner = await portal.NewOwnerAsync();
        var member = await portal.SignedInAsync(await portal.NewUserAsync(owner.ClientId, UserRole.Member));
        await member.OpenAsync("/team");

        Assert.Contains(owner.Email!, member.Text("#people"), StringComparison.Ordinal);
        Assert.Null(member.Page.QuerySelector("#invite"));
        await member.SubmitAsync(
            "form",
            "/team",
            ("Input.Name", "Nia"),
            ("Input.Email", "nia@team.test"),
            ("Input.Role", "Owner")
        );
        Assert.Equal(HttpStatusCode.Forbidden, member.Status);
        await member.OpenAsync($"/team/{owner.Id}");
        Assert.Equal(HttpStatusCode.Forbidden, member.Status);
    }

    [Fact]
    public async Task A_changed_role_ends_the_persons_sessions()
    {
        var owner = await portal.NewOwnerAsync();
        var user = await portal.NewUserAsync(owner.ClientId, UserRole.Owner);
        var theirs = await portal.SignedInAsync(user, age: TimeSpan.FromMinutes(2));
        var mine = await portal.SignedInAsync(owner);
        await mine.OpenAsync($"/team/{user.Id}");

        await mine.SubmitAsync("#role", ("role", "Member"));

        Assert.Equal("/team", mine.Path);
        Assert.Equal(UserRole.Member, (await portal.FindAsync(user)).Role);
        await theirs.OpenAsync("/team");
        Assert.Equal(AccessPolicies.SignInPath, theirs.Path);
        Assert.Equal([AuditAction.RoleChanged.Name], await ActsAsync(owner));
    }

    [Fact]
    public async Task A_removed_person_is_out_and_can_be_invited_again()
    {
        var owner = await portal.NewOwnerAsync();
        var user = await portal.NewUserAsync(owner.ClientId, UserRole.Member);
        var theirs = await portal.SignedInAsync(user, age: TimeSpan.FromMinutes(2));
        var mine = await portal.SignedInAsync(owner);
        await mine.OpenAsync($"/team/{user.Id}");

        await mine.SubmitAsync("#remove");

        Assert.DoesNotContain(user.Email!, mine.Text("#people"), StringComparison.Ordinal);
        await theirs.OpenAsync("/dashboard");
        Assert.Equal(AccessPolicies.SignInPath, theirs.Path);
        Assert.Contains("/account/welcome", await InviteAsync(mine, user.Email!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_is_gone_gets_no_alerts_and_leaves_no_open_invitation(bool byThemselves)
    {
        var owner = await portal.NewOwnerAsync();
        var gone = await portal.NewUserAsync(owner.ClientId);
        var theirs = await portal.SignedInAsync(gone);
        var mine = await portal.SignedInAsync(owner);
        var link = await InviteAsync(theirs, $"{Guid.NewGuid():N}@team.test");
        var kept = await InviteAsync(mine, $"{Guid.NewGuid():N}@team.test");
        Assert.Equal(
            new[] { gone.Email!, owner.Email! }.Order(),
            await portal.As(owner.ClientId!.Value, db =>
                db.AlertRecipients.Select(recipient => recipient.Email).Order().ToListAsync()
            )
        );

        if (byThemselves)
        {
            await theirs.OpenAsync("/team/leave");
            await theirs.SubmitAsync("#leave");
        }
        else
        {
            await mine.OpenAsync($"/team/{gone.Id}");
            await mine.SubmitAsync("#remove");
            Assert.Contains(
                "Their alerts and the invitations they sent have ended.",
                mine.Body,
                StringComparison.Ordinal
            );
        }

        Assert.Equal(
            [owner.Email!],
            await portal.As(owner.ClientId!.Value, db =>
                db.AlertRecipients.Select(recipient => recipient.Email).ToListAsync()
            )
        );
        foreach (var (path, status) in new[] { (link, HttpStatusCode.Gone), (kept, HttpStatusCode.OK) })
        {
            var newcomer = portal.SignedOut();
            await newcomer.OpenAsync(path);
            Assert.Equal(status, newcomer.Status);
        }
    }

    [Fact]
    public async Task The_last_owner_can_neither_leave_nor_be_made_a_member()
    {
        var owner = await portal.NewOwnerAsync();
        await portal.NewUserAsync(owner.ClientId, UserRole.Member);
        var visitor = await portal.SignedInAsync(owner);
        await visitor.OpenAsync("/team/leave");

        await visitor.SubmitAsync("#leave");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, visitor.Status);
        Assert.Contains("A team needs at least one owner", visitor.Text("#leave"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_owners_who_leave_at_once_leave_one_behind()
    {
        var one = await portal.NewOwnerAsync();
        var two = await portal.NewUserAsync(one.ClientId);
        var (first, second) = (await portal.SignedInAsync(one), await portal.SignedInAsync(two));
        await first.OpenAsync("/team/leave");
        await second.OpenAsync("/team/leave");

        await Task.WhenAll(first.SubmitAsync("#leave"), second.SubmitAsync("#leave"));

        Assert.Equal(
            1,
            await portal.With(
                (AccountsDb db) =>
                    db.Users.CountAsync(user => user.ClientId == one.ClientId && user.Role == UserRole.Owner)
            )
        );
    }

    [Fact]
    public async Task Nobody_reaches_into_another_team()
    {
        var (ours, theirs) = (await portal.NewOwnerAsync(), await portal.NewOwnerAsync());
        var victim = await portal.NewUserAsync(theirs.ClientId, UserRole.Member);
        await InviteAsync(await portal.SignedInAsync(theirs), $"{Guid.NewGuid():N}@team.test");
        var invitation = await portal.With(
            (AccountsDb db) => db.Invitations.SingleAsync(i => i.ClientId == theirs.ClientId)
        );
        var owner = await portal.SignedInAsync(ours);
        await owner.OpenAsync("/team");

        foreach (
            var path in new[]
            {
                $"/team/{victim.Id}",
                $"/team/{victim.Id}?handler=Remove",
                $"/team?handler=Link&invitation={invitation.Id}",
                $"/team?handler=Revoke&invitation={invitation.Id}",
            }
        )
        {
            await owner.OpenAsync("/team");
            await owner.SubmitAsync("#invite", path, ("role", "Owner"));
            Assert.True(owner.Status == HttpStatusCode.NotFound, $"{path} answered {owner.Status}");
        }

        Assert.Equal(UserRole.Member, (await portal.FindAsync(victim)).Role);
    }

    [Fact]
    public async Task Ones_own_data_comes_as_json_without_any_key()
    {
        var user = await portal.NewOwnerAsync();
        var visitor = await portal.SigningInAsync(user.Email!, People.Password);

        await visitor.OpenAsync("/account/export");

        var text = await visitor.Response.Content.ReadAsStringAsync();
        using var json = System.Text.Json.JsonDocument.Parse(text);
        Assert.Equal(user.Email, json.RootElement.GetProperty("account").GetProperty("email").GetString());
        Assert.Contains(AuditAction.SignedIn.Name, text, StringComparison.Ordinal);
        var stored = await portal.FindAsync(user);
        Assert.DoesNotContain(stored.PasswordHash!, text, StringComparison.Ordinal);
        Assert.DoesNotContain(stored.SecurityStamp!, text, StringComparison.Ordinal);
    }

    // Gives the link that the page shows.
    private static async Task<string> InviteAsync(Visitor owner, string email)
    {
        await owner.OpenAsync("/team");
        await owner.SubmitAsync("#invite", ("Input.Name", "Nia"), ("Input.Email", email));
        Assert.Equal(HttpStatusCode.OK, owner.Status);
        return new Uri(owner.Text("#handover code")).PathAndQuery;
    }

    private Task<int> SuspendAsync(Guid client) =>
        portal.AsAgency(async db =>
        {
            (await db.Clients.SingleAsync(row => row.Id == client)).Suspend(DateTimeOffset.UtcNow);
            return await db.SaveChangesAsync();
        });

    private Task<List<string>> ActsAsync(User of) =>
        portal.As(of.ClientId!.Value, db =>
            db.ChangeLogs.OrderBy(log => log.Id).Select(log => log.Action).ToListAsync()
        );
}
