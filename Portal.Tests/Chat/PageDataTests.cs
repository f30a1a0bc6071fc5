using System.Text.Json;
using Portal.Audit;
using Portal.Chat;

namespace Portal.Tests.Chat;

/// <summary>
/// What a website tells about itself goes on to the workflow: flat, short, few, and whatever it is without harm.
/// </summary>
public sealed class PageDataTests
{
    [Fact]
    public void Texts_numbers_and_yes_or_no_stay_and_an_object_becomes_flat()
    {
        var fields = Of(
            """{"plan":"pro","seats":4,"paid":true,"customer":{"id":"C-1042","level":2,"deep":{"er":1}},"list":[1,2],"none":null,"blank":" "}"""
        );

        Assert.Equal(
            "plan=pro, seats=4, paid=true, customer.id=C-1042, customer.level=2",
            string.Join(", ", fields!.Select(field => $"{field.Key}={field.Value}"))
        );
    }

    [Fact]
    public void There_is_an_end_to_how_many_and_how_long()
    {
        var many = string.Join(',', Enumerable.Range(0, 50).Select(n => $"\"f{n}\":\"{new string('x', 2000)}\""));
        var fields = Of($"{{\"{new string('n', 61)}\":1,{many}}}")!;

        Assert.Equal(PageData.MaxFields, fields.Count);
        Assert.All(fields, field => Assert.Equal(PageData.ValueMaxLength, field.Value.Length));
        Assert.Equal("f0", fields.First().Key);
    }

    [Theory]
    [InlineData("""{"a":"x\u0000y\ud800z"}""", "xy\uFFFDz")]
    [InlineData("""{"a":"Ümläut 😀"}""", "Ümläut 😀")]
    public void Debris_does_no_harm(string json, string expected) => Assert.Equal(expected, Of(json)!["a"]);

    [Fact]
    public void Nothing_told_is_nothing() => Assert.Null(PageData.Of(null));

    [Theory]
    [InlineData("https://shop.example/sofas?id=7#top", false, "https://shop.example/sofas")]
    [InlineData("https://shop.example/sofas?id=7#top", true, "https://shop.example/sofas?id=7")]
    public void The_query_of_a_page_is_kept_only_where_it_is_wanted(string url, bool wanted, string expected) =>
        Assert.Equal(expected, VisitorText.PageUrl(url, wanted));

    private static IReadOnlyDictionary<string, string>? Of(string json) =>
        PageData.Of(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json));
}
