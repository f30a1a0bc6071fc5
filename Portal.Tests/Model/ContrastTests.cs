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
    public void Where_neither_reads_well_a_darker_shade_is_offered_that_does()
    {
        var contrast = Contrast.Of("#F04A4A");

        Assert.False(contrast.WritesWhite);
        Assert.True(Contrast.Of(contrast.Darker()).WritesWhite);
    }

    [Theory]
    [InlineData("1F5D4C", false)]
    [InlineData("#1F5D4", false)]
    [InlineData("#1F5D4G", false)]
    [InlineData("#1F5D4C\n", false)]
    [InlineData("red", false)]
    [InlineData(null, false)]
    [InlineData("#1f5d4c", true)]
    public void A_colour_is_a_hash_and_six_digits(string? text, bool expected) => Assert.Equal(expected, Contrast.IsColor(text));
}
