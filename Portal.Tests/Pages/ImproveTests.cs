using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Tests.Api;

namespace Portal.Tests.Pages;

public sealed class ImproveTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow.AddHours(-2);

    [Fact]
    public async Task Like_questions_stand_together_and_the_most_frequent_first()
    {
        var (shop, owner) = await OwnerAsync();
        await portal.HadAsync(shop, new("Do you deliver to Lyon?", _now) { Status = "failed" });
        await portal.HadAsync(shop, new("Is it oak?", _now.AddMinutes(1)) { Confidence = 0.1, Locale = "en" });
        await portal.HadAsync(shop, new("Is it oak", _now.AddMinutes(2)) { Feedback = "down", Locale = "en" });
        await portal.HadAsync(shop, new("All is well", _now));

        await owner.OpenAsync("/improve");

        Assert.Equal(2, owner.Page.QuerySelectorAll(".weak-x > li").Length);
        Assert.Contains("2 times", owner.Text(".weak-x > li:first-child"), StringComparison.Ordinal);
        Assert.Contains("1 low confidence", owner.Text(".weak-x > li:first-child"), StringComparison.Ordinal);
        Assert.Contains("1 failed", owner.Text(".weak-x > li:last-child"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_dealt_with_is_off_the_list_until_it_is_answered_badly_again_and_can_be_put_back()
    {
        var (shop, owner) = await OwnerAsync();
        await portal.HadAsync(shop, new("Is it oak?", _now) { Status = "failed" });
        await owner.OpenAsync("/improve");

        await owner.SubmitAsync(".weak-x form:has([value=NotRelevant])", to: null, ("outcome", "NotRelevant"));
        Assert.Contains("Nothing to improve", owner.Text("main"), StringComparison.Ordinal);
        await owner.SubmitAsync("form:has(#undo)");
        Assert.True(owner.Shows(".weak-x > li"));

        await owner.SubmitAsync(".weak-x form:has([value=Fixed])", to: null, ("outcome", "Fixed"));
        Assert.False(owner.Shows(".weak-x > li"));
        await portal.HadAsync(shop, new("Is it oak?", DateTimeOffset.UtcNow.AddMinutes(1)) { Status = "failed" });
        await owner.OpenAsync("/improve");
        Assert.Contains("Once", owner.Text(".weak-x > li"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_correction_waits_until_the_agency_fixes_it_and_its_author_is_told()
    {
        var (shop, _) = await OwnerAsync();
        await portal.HadAsync(shop, new("Is it oak?", _now) { Confidence = 0.1 });
        var author = await portal.NewUserAsync(shop.ClientId);
        var owner = await portal.SignedInAsync(author);
        await owner.OpenAsync("/improve");
        await owner.SubmitAsync(".weak-x form:has(textarea)", ("answer", "Yes, solid oak."));
        Assert.False(owner.Shows(".weak-x > li"));

        var admin = portal.SignedInAsAdmin();
        await admin.OpenAsync("/admin/corrections");
        var mine = admin
            .Page.QuerySelectorAll(".weak-x > li")
            .Single(li => li.TextContent.Contains("Yes, solid oak.", StringComparison.Ordinal));
        await admin.SubmitAsync(
            mine.QuerySelector("form")!,
            to: null,
            ("version", "7"),
            ("reply", "Thank you."),
            ("state", "Fixed")
        );

        await owner.OpenAsync("/improve/corrections?all=true");
        Assert.Contains("Fixed in version 7", owner.Text(".weak-x > li"), StringComparison.Ordinal);
        Assert.Contains("“Thank you.”", owner.Text(".weak-x > li"), StringComparison.Ordinal);
        await using var command = portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand("SELECT template FROM emails WHERE to_address = $1");
        command.Parameters.AddWithValue(author.Email!);
        Assert.Equal("correction", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_correction_without_an_answer_comes_back_with_a_sentence()
    {
        var (shop, owner) = await OwnerAsync();
        await portal.HadAsync(shop, new("Is it oak?", _now) { Status = "failed" });
        await owner.OpenAsync("/improve");

        await owner.SubmitAsync(".weak-x form:has(textarea)", ("answer", " "));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.Equal("Enter the right answer in up to 10,000 characters.", owner.Text("#correct-error"));
    }

    private async Task<(Shop Shop, Visitor Owner)> OwnerAsync()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        return (shop, portal.SignedIn(shop.ClientId));
    }
}
