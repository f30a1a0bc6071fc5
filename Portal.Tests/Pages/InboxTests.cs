using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

public sealed class InboxTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private readonly DateTimeOffset _now = new(2026, 3, 2, 23, 41, 7, TimeSpan.Zero);

    [Fact]
    public async Task A_conversation_is_done_until_the_visitor_writes_again()
    {
        var (shop, id, owner) = await OpenAsync("Where is my sofa?");
        Assert.Equal("Open", owner.Text("#work-state"));

        await owner.SubmitAsync("form:has(#mark-done)");
        Assert.Equal("Done", owner.Text("#work-state"));
        Assert.Contains("Maya Kowalski marked this as done", owner.Text(".lines"), StringComparison.Ordinal);
        await owner.OpenAsync("/conversations?state=open");
        Assert.Empty(Questions(owner));
        await owner.OpenAsync("/conversations?state=done");
        Assert.Equal(["Where is my sofa?"], Questions(owner));

        await portal.ExecuteAsync($"UPDATE visitor_sessions SET message_count = message_count + 1 WHERE id = '{id}'");
        await owner.OpenAsync("/conversations?state=done");
        Assert.Empty(Questions(owner));
        await owner.OpenAsync($"/conversations/{id}?state=open");
        Assert.Equal(["Where is my sofa?"], Questions(owner));
        Assert.Equal("Open", owner.Text("#work-state"));
    }

    [Fact]
    public async Task Who_waits_for_a_person_stands_in_a_list_of_its_own_until_it_is_done()
    {
        var (_, id, owner) = await OpenAsync("I want to talk to somebody");
        await owner.SubmitAsync("form:has([value=Waiting])");
        Assert.StartsWith("Waiting for a person", owner.Text("#work-state"), StringComparison.Ordinal);

        await owner.OpenAsync("/conversations?state=waiting");
        Assert.Equal(["I want to talk to somebody"], Questions(owner));
        await owner.OpenAsync($"/conversations/{id}");
        await owner.SubmitAsync("form:has(#mark-done)");
        await owner.OpenAsync("/conversations?state=waiting");
        Assert.Empty(Questions(owner));
    }

    [Fact]
    public async Task A_conversation_is_looked_after_by_somebody_of_the_team_and_by_nobody_else()
    {
        var (shop, id, owner) = await OpenAsync("Is it oak?");
        var (kim, stranger) = (await portal.NewUserAsync(shop.ClientId), await portal.NewOwnerAsync());
        await owner.OpenAsync($"/conversations/{id}");

        await owner.SubmitAsync("form:has(#work-assignee)", ("person", kim.Id.ToString()));
        Assert.Equal(kim.DisplayName, owner.Text("#work-assignee [selected]"));
        await owner.OpenAsync($"/conversations?assignee={kim.Id}");
        Assert.Equal(["Is it oak?"], Questions(owner));
        await owner.OpenAsync($"/conversations?assignee={Portal.Pages.Conversations.Filter.Nobody}");
        Assert.Empty(Questions(owner));

        await owner.OpenAsync($"/conversations/{id}");
        await owner.SubmitAsync("form:has(#work-assignee)", ("person", stranger.Id.ToString()));
        Assert.Equal(HttpStatusCode.NotFound, owner.Status);

        await portal.With((AccountsDb db) => db.Users.Where(user => user.Id == kim.Id).ExecuteDeleteAsync());
        await owner.OpenAsync($"/conversations/{id}");
        Assert.False(owner.Shows("#work-assignee [selected]:not([value=''])"));
    }

    [Fact]
    public async Task Tags_and_notes_stay_in_the_team_and_the_history_says_who_did_what()
    {
        var (_, id, owner) = await OpenAsync("My invoice is wrong");
        await owner.SubmitAsync("form:has([list=known-tags])", ("tag", "  Billing "));
        await owner.SubmitAsync("form:has([list=known-tags])", ("tag", "billing"));
        Assert.Equal("Billing", owner.Text("form:has([name=tag][type=hidden]) .clip"));
        await owner.SubmitAsync("form:has(#work-note)", ("text", "Called her back.\nShe is fine."));
        Assert.Equal("Called her back.\nShe is fine.", owner.Text(".note-x .said"));

        await owner.OpenAsync("/conversations?tag=Billing");
        Assert.Equal(["My invoice is wrong"], Questions(owner));
        await owner.OpenAsync($"/conversations/{id}");
        await owner.SubmitAsync(".note-x form");
        Assert.False(owner.Shows(".note-x"));
        await owner.SubmitAsync("form:has([name=tag][type=hidden])");
        Assert.Contains("removed the tag Billing", owner.Text(".lines"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_note_that_is_too_long_comes_back_with_a_sentence()
    {
        var (_, _, owner) = await OpenAsync("Hello?");
        var note = new string('a', ConversationNote.MaxLength + 1);

        await owner.SubmitAsync("form:has(#work-note)", ("text", note));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.Equal("Up to 5,000 characters.", owner.Text("#work-note-error"));
        Assert.Equal(note, owner.Text("#work-note"));
    }

    [Fact]
    public async Task What_somebody_has_read_is_read_to_them_alone_and_until_more_is_said()
    {
        var (shop, id, owner) = await OpenAsync("Do you deliver?");
        await owner.OpenAsync("/conversations?unread=true");
        Assert.Empty(Questions(owner));
        var other = portal.SignedIn(shop.ClientId);
        await other.OpenAsync("/conversations?unread=true");
        Assert.Equal(["Do you deliver?"], Questions(other));

        await portal.ExecuteAsync($"UPDATE visitor_sessions SET message_count = message_count + 1 WHERE id = '{id}'");
        // The list looks for news by itself, while the conversation beside it stays as it was read.
        using var poll = new HttpRequestMessage(HttpMethod.Get, new Uri($"/conversations/{id}", UriKind.Relative));
        poll.Headers.Add("HX-Request", "true");
        poll.Headers.Add("HX-Target", "conv-items");
        await owner.SendAsync(poll);
        await owner.OpenAsync("/conversations?unread=true");
        Assert.Equal(["Do you deliver?"], Questions(owner));
    }

    [Fact]
    public async Task Many_are_done_at_once_and_those_of_others_are_left_alone()
    {
        var (shop, first, owner) = await OpenAsync("One");
        var second = await portal.HadAsync(shop, new("Two", _now));
        var (_, foreign, stranger) = await OpenAsync("Another client's");
        await owner.OpenAsync("/conversations");

        await owner.PostAsync(
            "/conversations/bulk",
            ("ids", first.ToString()),
            ("ids", second.ToString()),
            ("ids", foreign.ToString()),
            ("deed", "done"),
            ("back", "?state=done"),
            ("__RequestVerificationToken", owner.Attribute("#bulk [name=__RequestVerificationToken]", "value")!)
        );

        Assert.Equal("2 conversations marked as done.", owner.Text("toast-list"));
        Assert.Equal(["One", "Two"], Questions(owner).Order());
        await stranger.OpenAsync($"/conversations/{foreign}");
        Assert.Equal("Open", stranger.Text("#work-state"));
    }

    [Fact]
    public async Task A_view_keeps_the_filters_under_a_name_for_oneself_or_for_the_team()
    {
        var (shop, _, owner) = await OpenAsync("My invoice is wrong");
        await owner.OpenAsync("/conversations?state=open&tag=Billing");
        await owner.SubmitAsync("form:has(#view-name)", ("name", "My bills"));
        Assert.Equal("My bills", owner.Text(".views .chip.acc"));
        await owner.OpenAsync("/conversations?failed=true");
        await owner.SubmitAsync("form:has(#view-name)", ("name", "Failures"), ("shared", "true"));

        var other = portal.SignedIn(shop.ClientId);
        await other.OpenAsync("/conversations");
        Assert.Equal("Failures", other.Text(".views .chip"));
        await other.OpenAsync(other.Attribute(".views .chip", "href")!);
        await other.SubmitAsync(".views form:has([name=view])");
        Assert.False(other.Shows(".views .chip"));
        await owner.OpenAsync("/conversations");
        Assert.Equal("My bills", owner.Text(".views .chip"));
    }

    [Fact]
    public async Task How_many_wait_stands_beside_the_link_to_the_conversations()
    {
        var (_, _, owner) = await OpenAsync("I want to talk to somebody");
        Assert.False(owner.Shows("#waiting-count"));

        await owner.SubmitAsync("form:has([value=Waiting])");

        Assert.StartsWith("1", owner.Text("#waiting-count"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_tells_what_happened_since_the_last_visit()
    {
        var (shop, _, owner) = await OpenAsync("Before");
        await owner.OpenAsync("/dashboard");
        Assert.False(owner.Shows("#since"));

        await portal.As(shop.ClientId, db =>
            db.DashboardVisits.ExecuteUpdateAsync(set =>
                set.SetProperty(visit => visit.LastAt, DateTimeOffset.UtcNow.AddDays(-2))
            )
        );
        await portal.HadAsync(shop, new("On Saturday", DateTimeOffset.UtcNow.AddHours(-30)) { Status = "failed" });
        await owner.OpenAsync("/dashboard");

        Assert.Contains("1 conversation", owner.Text("#since"), StringComparison.Ordinal);
        Assert.Contains("1 failed message", owner.Text("#since"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_conversation_is_exported_alone()
    {
        var (shop, id, owner) = await OpenAsync("This one");
        await portal.HadAsync(shop, new("Not this one", _now));

        await owner.OpenAsync($"/conversations/export?conversation={id}");

        Assert.Contains("This one", owner.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("Not this one", owner.Body, StringComparison.Ordinal);
    }

    private async Task<(Shop Shop, Guid Id, Visitor Owner)> OpenAsync(string question)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = await portal.HadAsync(shop, new(question, _now));
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/conversations/{id}");
        return (shop, id, owner);
    }

    private static string[] Questions(Visitor owner) =>
        [.. owner.Page.QuerySelectorAll(".ci p").Select(text => text.TextContent.Trim())];
}
