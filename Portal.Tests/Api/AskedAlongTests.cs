using System.Globalization;
using System.Text.Json;
using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Api;

/// <summary>
/// What goes along with a question to the workflow: how much was said before, where the visitor is, which language they
/// read.
/// </summary>
public sealed class AskedAlongTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Theory]
    [InlineData(0, 3, "")]
    [InlineData(1, 3, "Question 3")]
    [InlineData(2, 3, "Question 2, Question 3")]
    [InlineData(7, 3, "Question 1, Question 2, Question 3")]
    public async Task As_many_earlier_turns_go_along_as_the_widget_says_the_newest_of_them(
        int history,
        int turns,
        string expected
    )
    {
        var guest = await GuestAsync(history);
        for (var turn = 1; turn <= turns; turn++)
        {
            await guest.AskAsync($"Question {turn}");
        }

        await guest.AskAsync("And now?");

        Assert.Equal(expected, Said("user"));
        Assert.Equal(expected.Replace("Question", "You asked: Question", StringComparison.Ordinal), Said("assistant"));
    }

    [Fact]
    public async Task The_same_goes_along_from_a_replica_that_has_heard_none_of_it()
    {
        var other = await portal.OtherAsync();
        var shop = await portal.NewWidgetAsync(_n8n.Url, new() { Bot = new() { History = 2 } });
        var guest = await portal.Guest(shop).OpenAsync();
        for (var turn = 1; turn <= 3; turn++)
        {
            await guest.AskAsync($"Question {turn}");
        }

        await new Guest(other.Http, shop.Id) { Token = guest.Token }.AskAsync("And now?");

        Assert.Equal("Question 2, Question 3", Said("user"));
    }

    [Fact]
    public async Task However_many_a_widget_asks_for_fifty_turns_are_the_most()
    {
        var guest = await GuestAsync(history: 1000);
        for (var turn = 1; turn <= History.MaxTurns + 2; turn++)
        {
            await guest.AskAsync(turn.ToString(CultureInfo.InvariantCulture));
        }

        await guest.AskAsync("And now?");

        Assert.Equal(
            Enumerable.Range(3, History.MaxTurns).Select(turn => turn.ToString(CultureInfo.InvariantCulture)),
            Said("user").Split(", ")
        );
    }

    [Fact]
    public async Task The_page_and_the_language_reach_the_workflow_and_the_page_without_what_may_be_personal()
    {
        var guest = await GuestAsync(history: 0);

        await AskAsync(
            guest,
            "de-AT",
            new { url = "https://shop.example/sofas?email=kim%40example.com#reviews", title = "Sofas – Shop" }
        );

        var metadata = _n8n.Asked[^1].GetProperty("metadata");
        Assert.Equal("de-AT", metadata.GetProperty("locale").GetString());
        Assert.Equal(
            ("https://shop.example/sofas", "Sofas – Shop"),
            (
                metadata.GetProperty("page").GetProperty("url").GetString(),
                metadata.GetProperty("page").GetProperty("title").GetString()
            )
        );
    }

    [Theory]
    [InlineData("auto", "de-AT", "de")]
    [InlineData("auto", "tlh", "en")]
    [InlineData("auto", null, "en")]
    [InlineData("fr", "de-AT", "fr")]
    public async Task A_visitor_reads_that_there_is_no_answer_in_the_widgets_language_or_in_their_own(
        string language,
        string? locale,
        string expected
    )
    {
        var guest = await portal
            .Guest(await portal.NewWidgetAsync(_n8n.Url, new() { Texts = new() { Language = language } }))
            .OpenAsync();
        _n8n.Workflow = (context, _) => N8n.SayAsync(context, new { message = "Error in workflow" }, 500);

        var reply = await AskAsync(guest, locale, null);

        Assert.Equal(
            ("failed", FallbackTexts.In(expected)),
            (reply.GetProperty("status").GetString(), reply.GetProperty("response").GetString())
        );
    }

    [Fact]
    public async Task The_workflow_can_tell_which_request_of_ours_its_run_belongs_to()
    {
        var guest = await GuestAsync(history: 0);

        await guest.AskAsync("Hello?");
        var first = _n8n.Headers["traceparent"];
        await guest.AskAsync("Hello again?");

        // Version, trace, span, flags: https://www.w3.org/TR/trace-context/
        Assert.Matches("^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", first);
        Assert.NotEqual(first.Split('-')[1], _n8n.Headers["traceparent"].Split('-')[1]);
    }

    private async Task<Guest> GuestAsync(int history) =>
        await portal
            .Guest(await portal.NewWidgetAsync(_n8n.Url, new() { Bot = new() { History = history } }))
            .OpenAsync();

    private static async Task<JsonElement> AskAsync(Guest guest, string? locale, object? page)
    {
        using var response = await guest.SendAsync(
            HttpMethod.Post,
            "messages",
            new
            {
                message = "Hello?",
                clientMessageId = Guid.CreateVersion7(),
                locale,
                page,
            }
        );
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    private string Said(string role) =>
        string.Join(
            ", ",
            _n8n.Asked[^1]
                .GetProperty("history")
                .EnumerateArray()
                .Where(turn => turn.GetProperty("role").GetString() == role)
                .Select(turn => turn.GetProperty("content").GetString())
        );
}
