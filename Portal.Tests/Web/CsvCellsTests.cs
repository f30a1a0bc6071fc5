using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Pages;
using Portal.Web;

namespace Portal.Tests.Web;

public sealed class CsvCellsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("＝1+1", "'＝1+1")]
    [InlineData("＋1", "'＋1")]
    [InlineData("－1", "'－1")]
    [InlineData("＠SUM(A1)", "'＠SUM(A1)")]
    [InlineData(";=1+1", ";'=1+1")]
    [InlineData("a;=1+1", "a;'=1+1")]
    [InlineData("a,=1+1", "a,'=1+1")]
    [InlineData("a\t=1+1", "a\t'=1+1")]
    [InlineData("a\n=1+1", "a\n'=1+1")]
    [InlineData("a\r\n@x", "a\r\n'@x")]
    [InlineData("a = b; c - d", "a = b; c - d")]
    [InlineData("one-way, 3+4", "one-way, 3+4")]
    public void No_cell_is_a_formula_whatever_separates_cells_for_its_reader(string text, string cell) =>
        Assert.Equal(cell, CsvFile.Cell(text));

    [Fact]
    public void A_text_longer_than_a_cell_is_cut_and_says_so()
    {
        var fits = new string('x', CsvFile.MaxCellLength);
        Assert.Equal(fits, CsvFile.Cell(fits));

        foreach (
            var text in new[] { fits + "x", string.Concat(Enumerable.Repeat("🛋", CsvFile.MaxCellLength)), "=" + fits }
        )
        {
            var cell = CsvFile.Cell(text);
            Assert.InRange(cell.Length, CsvFile.MaxCellLength - 1, CsvFile.MaxCellLength);
            Assert.EndsWith("… [cut: longer than a spreadsheet cell]", cell, StringComparison.Ordinal);
            Assert.DoesNotContain(
                '\uFFFD',
                System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(cell))
            );
        }
    }

    [Fact]
    public async Task A_reader_chooses_separator_and_decimal_sign_and_the_next_download_remembers_them()
    {
        var shop = await portal.NewWidgetAsync("https://n8n.example/webhook/chat");
        await portal.HadAsync(shop, new("Do you sell sofas?", DateTimeOffset.UtcNow) { Confidence = 0.5 });
        var owner = portal.SignedIn(shop.ClientId);

        Assert.Contains("\"AI\",\"answered\",0.5,", await DownloadAsync(owner, ""), StringComparison.Ordinal);
        Assert.Contains(
            "\"AI\";\"answered\";0,5;",
            await DownloadAsync(owner, "?csv=semicolon"),
            StringComparison.Ordinal
        );
        Assert.Contains("\"AI\";\"answered\";0,5;", await DownloadAsync(owner, ""), StringComparison.Ordinal);
        Assert.Contains(
            "\"AI\"\t\"answered\"\t0.5\t",
            await DownloadAsync(owner, "?csv=tab"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "\"AI\"\t\"answered\"\t0.5\t",
            await DownloadAsync(owner, "?csv=unheard-of"),
            StringComparison.Ordinal
        );

        await owner.OpenAsync("/conversations");
        Assert.Equal("/conversations/export?csv=comma", owner.Attribute(".export-x a", "href"));
    }

    private static async Task<string> DownloadAsync(Visitor person, string query)
    {
        await person.OpenAsync($"/conversations/export{query}");
        return await person.Response.Content.ReadAsStringAsync();
    }
}
