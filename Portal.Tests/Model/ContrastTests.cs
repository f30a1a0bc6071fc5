using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Model;

public sealed class ContrastTests
{
    [Theory]
    [InlineData("#000000", 21.0, true)]
    [InlineData("#1F5D4C", 7.7, true)]
    [InlineData("#2B50DC", 6.4, true)]
    [InlineData("#767676", 4.5, true)]
    [InlineData("#E8B23A", 1.9, false)]
    [InlineData("#ffffff", 1.0, false)]
    public void White_is_written_where_it_reads_well_and_black_elsewhere(string color, double white, bool writesWhite)
    {
        var contrast = Contrast.Of(color);

        Assert.Equal(white, contrast.White, 1);
        Assert.Equal(writesWhite, contrast.WritesWhite);
        Assert.Equal(writesWhite ? "#FFFFFF" : "#16161A", contrast.TextColor);
    }

    [Fact]
    public void Whatever_color_a_client_chose_every_text_on_it_and_in_it_can_be_read()
    {
        for (var value = 0; value <= 0xFFFFFF; value += 1_409)
        {
            var color = $"#{value:X6}";
            var contrast = Contrast.Of(color);

            Assert.True(Ratio(color, contrast.TextColor) >= Contrast.Enough, color);
            Assert.True(Ratio(contrast.OnLight, "#F2F2EF") >= Contrast.Enough, color);
            Assert.True(Ratio(contrast.OnDark, "#24262C") >= Contrast.Enough, color);
        }
    }

    [Fact]
    public void A_color_that_can_be_read_as_text_stays_as_it_is()
    {
        Assert.Equal("#1F5D4C", Contrast.Of("#1F5D4C").OnLight);
        Assert.Equal("#E8B23A", Contrast.Of("#E8B23A").OnDark);
    }

    [Theory]
    [InlineData("1F5D4C", false)]
    [InlineData("#1F5D4", false)]
    [InlineData("#1F5D4G", false)]
    [InlineData("#1F5D4C\n", false)]
    [InlineData("red", false)]
    [InlineData(null, false)]
    [InlineData("#1f5d4c", true)]
    public void A_color_is_a_hash_and_six_digits(string? text, bool expected) =>
        Assert.Equal(expected, Contrast.IsColor(text));

    // Of WCAG 2.2, written down a second time.
    private static double Ratio(string one, string other)
    {
        var light = new[] { one, other }.Select(Luminance).Order().ToArray();
        return (light[1] + 0.05) / (light[0] + 0.05);
    }

    private static double Luminance(string color) =>
        new[] { (1, 0.2126), (3, 0.7152), (5, 0.0722) }.Sum(part =>
        {
            var share = Convert.ToInt32(color.Substring(part.Item1, 2), 16) / 255d;
            return part.Item2 * (share <= 0.04045 ? share / 12.92 : Math.Pow((share + 0.055) / 1.055, 2.4));
        });
}
