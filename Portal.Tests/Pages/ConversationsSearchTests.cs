using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Analytics;
using Portal.Audit;
using Portal.Data;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Pages;

public sealed class ConversationsSearchTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private readonly DateTimeOffset _now = new(2026, 3, 2, 23, 41, 7, TimeSpan.Zero);

    [Fact]
    public async Task Words_are_found_in_questions_and_answers_whatever_the_accents()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Do you have a café table?", _now) { Answer = "Yes, in oak." });
        await portal.HadAsync(shop, new("Opening hours", _now) { Answer = "Nine to five, except for Christmas." });
        await ReadAsync();
        var owner = portal.SignedIn(shop.ClientId);

        Assert.Equal(["Do you have a café table?"], await FoundAsync(owner, "cafe tab"));
        Assert.Equal(["Do you have a café table?"], await FoundAsync(owner, "OAK"));
        Assert.Equal(["Do you have a café table?"], await FoundAsync(owner, "able afé"));
        Assert.Equal(["Opening hours"], await FoundAsync(owner, "christ"));
        Assert.Empty(await FoundAsync(owner, "oak christmas"));
        Assert.Empty(await FoundAsync(owner, "' | !& :* <->"));
    }

    [Theory]
    [InlineData("病院は機能していない", "機能", "院", "病院は機能していない", "は 機能")]
    [InlineData("我想买沙发。", "沙发", "买沙", "发")]
    [InlineData("ฉันต้องการโซฟาสีแดง", "โซฟา", "แดง", "ต้อง")]
    [InlineData("반품하고싶어요", "반품", "싶어", "요")]
    [InlineData("赤いソファ・ベッドと時々", "ソファ", "ｿﾌｧ", "ベッド", "々")]
    [InlineData("מה המחיר שלכם?", "מחיר", "המחיר", "\u200Fמחיר\u200F", "מְחִיר")]
    [InlineData("كم سِعر الأريكة؟", "سعر", "اريكة", "سـعر")]
    [InlineData("Eine Straßenlampe, bitte", "lampe", "STRASSE", "straße", "ßen", "bitte lampe")]
    [InlineData("Ruhetag in ΟΔΟΣ, Ёлка, İzmir", "οδος", "ΔΟΣ", "елка", "лк", "izm", "IZMIR")]
    [InlineData("Great👍 thanks", "👍", "👍🏽", "great👍", "👍\uFE0F")]
    [InlineData("Done 👍🏿!", "👍", "👍🏽", "done")]
    [InlineData("From 🇩🇪 with ❤️ 👨‍👩‍👧", "🇩🇪", "❤", "❤️", "👩")]
    [InlineData("A so\u200Bfa and a Sofa\u00ADbett", "sofa", "so\u200Bfa", "so\u00ADfa", "sofabett", "bett")]
    [InlineData(
        "Ｗｉｄｅ ｃｈａｉｒ, ﬁne Crème brûlée",
        "wide",
        "hair",
        "ｃｈａｉｒ",
        "fine",
        "creme",
        "BRU\u0302LE\u0301E"
    )]
    [InlineData("Order A-10233/x_77%", "10233", "a-10233", "0233", "77%", "a 77 x")]
    public async Task What_was_said_is_found_inside_words_in_every_script(string said, params string[] all)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new(said, _now) { Answer = "Yes." });
        await portal.HadAsync(shop, new("Something else", _now) { Answer = "No." });
        await ReadAsync();
        var owner = portal.SignedIn(shop.ClientId);

        foreach (var words in all)
        {
            Assert.Equal([said], await FoundAsync(owner, words));
            Assert.True(await IndexKnowsAsync(said, words), $"The index does not know “{words}” in “{said}”.");
        }
    }

    [Theory]
    [InlineData("病院は機能していない", "能機", "機能病院", "病院 沙发")]
    [InlineData("Eine Straßenlampe", "lampenschirm", "lampestr", "lampe stuhl", "lämpchen")]
    [InlineData("abcdXbcde", "abcde")]
    [InlineData("Great👍", "👎", "\u200B", "?!", "%")]
    public async Task What_was_not_said_is_not_found(string said, params string[] all)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new(said, _now) { Answer = "Yes." });
        await ReadAsync();
        var owner = portal.SignedIn(shop.ClientId);

        foreach (var words in all)
        {
            Assert.Empty(await FoundAsync(owner, words));
        }
    }

    [Fact]
    public async Task Among_thousands_what_is_said_often_is_found_newest_first_and_what_is_said_once_wherever_it_is()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.ExecuteAsync(
            $"""
            CREATE TEMP TABLE said AS
            SELECT n, gen_random_uuid() AS session, gen_random_uuid() AS id, '{_now:O}'::timestamptz - n * interval '1 minute' AS at,
                   'Message ' || n || CASE WHEN n % 2 = 0 THEN ' sofa' ELSE '' END || CASE WHEN n % 250 = 0 THEN ' walnut' ELSE '' END
                   || CASE n WHEN 4501 THEN ' zanzibar' WHEN 4503 THEN ' 病院は機能していない' WHEN 4505 THEN ' Straßenlampe👍🏽' WHEN 4507 THEN ' ab12ab3' WHEN 4509 THEN ' ฉันต้องการโซฟา' ELSE '' END AS message
            FROM generate_series(1, 5000) n;
            INSERT INTO visitor_sessions (id, client_id, widget_id, visitor_id, origin, expires_at, message_count, first_message, last_message_at)
            SELECT session, '{shop.ClientId}', '{shop.Id}', n::text, 'https://shop.example', at, 1, message, at FROM said;
            INSERT INTO chat_logs (id, widget_id, session_id, message, response, created_at) SELECT id, '{shop.Id}', session, message, 'Yes.', at FROM said;
            INSERT INTO chat_search (chat_log_id, client_id, session_id, created_at, changed_at, said) SELECT id, '{shop.ClientId}', session, at, at, search_text(message) FROM said;
            DROP TABLE said;
            """
        );
        var owner = portal.SignedIn(shop.ClientId);

        Assert.Equal(["Message 2 sofa", "Message 4 sofa", "Message 6 sofa"], (await FoundAsync(owner, "sofa"))[..3]);
        Assert.Equal("60+", owner.Text("#count"));
        Assert.Equal(["Message 250 sofa walnut", "Message 500 sofa walnut"], (await FoundAsync(owner, "wal sof"))[..2]);
        Assert.Equal("20", owner.Text("#count"));
        Assert.Equal(["Message 4501 zanzibar"], await FoundAsync(owner, "mess zanz"));
        Assert.Empty(await FoundAsync(owner, "sofa zanzibar"));

        // Older than the newest that are read one after the other: these come from the index.
        Assert.Equal(["Message 4501 zanzibar"], await FoundAsync(owner, "nzib"));
        Assert.Equal(["Message 4503 病院は機能していない"], await FoundAsync(owner, "機能"));
        Assert.Equal(["Message 4503 病院は機能していない"], await FoundAsync(owner, "能 message 院"));
        Assert.Equal(["Message 4505 Straßenlampe👍🏽"], await FoundAsync(owner, "lampe"));
        Assert.Equal(["Message 4505 Straßenlampe👍🏽"], await FoundAsync(owner, "👍"));
        Assert.Equal(["Message 4505 Straßenlampe👍🏽"], await FoundAsync(owner, "mp"));
        Assert.Equal(["Message 4507 ab12ab3"], await FoundAsync(owner, "12ab"));
        Assert.Empty(await FoundAsync(owner, "b12ab12"));
        Assert.Equal(["Message 4509 ฉันต้องการโซฟา"], await FoundAsync(owner, "โซฟา"));
    }

    [Fact]
    public async Task Nobody_finds_what_was_said_to_another_client()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("My unicorn arrived broken", _now));
        await ReadAsync();
        var stranger = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);

        Assert.Empty(await FoundAsync(stranger, "unicorn"));
        Assert.Empty(await FoundAsync(stranger, "corn"));
        Assert.Equal(["My unicorn arrived broken"], await FoundAsync(portal.SignedIn(shop.ClientId), "corn"));
    }

    [Fact]
    public async Task A_search_goes_together_with_the_other_filters_and_stays_in_every_link()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("A red sofa", _now) { Confidence = 0.2 });
        await portal.HadAsync(shop, new("A red chair", _now.AddDays(2)));
        await ReadAsync();
        var owner = portal.SignedIn(shop.ClientId);

        Assert.Equal(["A red sofa"], await FoundAsync(owner, "red", "&unsure=true"));
        Assert.EndsWith("?q=red&unsure=true", owner.Attribute(".ci", "href"), StringComparison.Ordinal);
        Assert.Equal(["A red chair"], await FoundAsync(owner, "red", "&from=2026-03-04"));
        Assert.Equal(["A red sofa"], await FoundAsync(owner, "red", "&to=2026-03-02"));
        Assert.Equal(2, (await FoundAsync(owner, "red", "&from=2026-03-02&to=2026-03-04")).Length);
    }

    [Fact]
    public async Task The_export_has_a_row_for_each_message_and_no_formula()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.LiveInAsync(shop, "Europe/Berlin");
        await portal.HadAsync(
            shop,
            new("=HYPERLINK(\"https://evil.example\")", _now) { Answer = "Two\nlines, \"quoted\"", Feedback = "up" }
        );
        await portal.HadAsync(shop, new("@SUM(A1)", _now.AddMinutes(-1)) { Status = "failed" });
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync("/conversations/export");
        var text = await owner.Response.Content.ReadAsStringAsync();

        Assert.StartsWith("text/csv", owner.Response.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "attachment; filename=\"conversations-",
            owner.Response.Content.Headers.ContentDisposition!.ToString(),
            StringComparison.Ordinal
        );
        Assert.Contains("\"2026-03-03 00:41:07\",\"Europe/Berlin\",\"Assistant\",", text, StringComparison.Ordinal);
        Assert.Contains(
            "\"'=HYPERLINK(\"\"https://evil.example\"\")\",\"Two\nlines, \"\"quoted\"\"\",\"AI\",\"answered\",0.9,1.2,\"up\",",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("'@SUM(A1)", text, StringComparison.Ordinal);
        Assert.Equal(3, text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task An_owner_erases_a_visitor_and_with_them_what_search_and_numbers_knew()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = await portal.HadAsync(shop, new("My name is Rumpelstiltskin", _now));
        await ReadAsync();
        await new DailyAnalyticsJob(Databases.OpenJobsDb()).RunAsync(new(), default);
        var owner = portal.SignedIn(shop.ClientId);

        await owner.OpenAsync($"/conversations/{id}/erase");
        Assert.Contains(
            "Permanently deletes 1 conversation (1 message)",
            owner.Text("main form"),
            StringComparison.Ordinal
        );
        await owner.SubmitAsync("main form");
        await new DailyAnalyticsJob(Databases.OpenJobsDb()).RunAsync(new(), default);

        Assert.Equal("/conversations", owner.Address.AbsolutePath);
        Assert.Empty(await FoundAsync(owner, "rumpel"));
        var questions = await portal.As(shop.ClientId, db =>
            db.Analytics.Select(a => new { a.NumChats, a.MostCommonQuestions }).SingleAsync()
        );
        Assert.Equal((1, "[]"), (questions.NumChats, questions.MostCommonQuestions));
    }

    [Fact]
    public async Task Members_and_strangers_erase_nobody()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = await portal.HadAsync(shop, new("Still here", _now));
        var member = portal.SignedIn(shop.ClientId, UserRole.Member);
        var stranger = portal.SignedIn((await portal.NewWidgetAsync(Webhook)).ClientId);

        await member.OpenAsync($"/conversations/{id}");
        Assert.Null(member.Attribute("a[href$='/erase']", "href"));
        await stranger.OpenAsync($"/conversations/{id}/erase");
        Assert.Equal(HttpStatusCode.NotFound, stranger.Response.StatusCode);
        await member.OpenAsync($"/conversations/{id}/erase");
        Assert.Equal(HttpStatusCode.Forbidden, member.Status);

        Assert.True(await portal.As(shop.ClientId, db => db.VisitorSessions.AnyAsync(s => s.Id == id)));
    }

    private Portal.Data.Databases Databases => portal.Services.GetRequiredService<Portal.Data.Databases>();

    private Task ReadAsync() => new SearchIndexJob(Databases.OpenJobsDb()).RunAsync(new(), default);

    // Among few messages the index is not asked.
    private async Task<bool> IndexKnowsAsync(string said, string words)
    {
        await using var command = Databases.Jobs.CreateCommand(
            """
            SELECT bool_and(search_grams(search_text($1)) @@ search_grams_with(word)) FROM string_to_table(search_text($2), ' ') AS word
            """
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = said });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = words });
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string[]> FoundAsync(Visitor visitor, string words, string more = "")
    {
        await visitor.OpenAsync($"/conversations?q={Uri.EscapeDataString(words)}{more}");
        return [.. visitor.Page.QuerySelectorAll(".ci > p").Select(p => p.TextContent.Trim())];
    }
}
