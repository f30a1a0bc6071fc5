using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Model;

public sealed class NamesTests
{
    [Theory]
    [InlineData("  Shop \u00A0 assistant\u200B ", "Shop assistant")]
    [InlineData("Cafe\u0301", "Caf\u00E9")]
    [InlineData("So\u00ADfa", "Sofa")]
    [InlineData("Shop\u202Etnatsissa", "Shoptnatsissa")]
    [InlineData("\u200B", "")]
    [InlineData(" \u00A0\u2003\uFEFF", "")]
    [InlineData("\u3164\u115F\u2800", "")]
    [InlineData("\u0301\uFE0F", "")]
    [InlineData("Line\r\nbreak\ttab", "Line break tab")]
    [InlineData("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", "\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645")]
    [InlineData("\U0001F468\u200D\U0001F469\u200D\U0001F467 shop", "\U0001F468\u200D\U0001F469\u200D\U0001F467 shop")]
    [InlineData("\u2764\uFE0F", "\u2764\uFE0F")]
    [InlineData(null, "")]
    public void A_name_is_what_people_read(string? typed, string name) => Assert.Equal(name, Names.Clean(typed));

    [Theory]
    [InlineData("Bob's  shop", "Bob\u2019s shop")]
    [InlineData("Bob\u2019s shop", "Bob's\u00A0 shop")]
    [InlineData("Caf\u00E9", "Cafe\u0301")]
    [InlineData("Sofabett", "Sofa\u00ADbett")]
    [InlineData("A - B", "A \u2013 B")]
    [InlineData("\"Fern\"", "\u201CFern\u201D")]
    [InlineData("ABC", "\uFF21\uFF22\uFF23")]
    public void What_reads_alike_confirms(string typed, string name)
    {
        Assert.True(Names.ReadAlike(typed, name));
        Assert.True(Names.ReadAlike(Names.ToConfirm(name), Names.ToConfirm(name)));
    }

    [Theory]
    [InlineData("Shop", "Shop 2")]
    [InlineData("", "Shop")]
    [InlineData("shop", "Shop")]
    public void What_reads_otherwise_does_not(string typed, string name) => Assert.False(Names.ReadAlike(typed, name));

    [Fact]
    public void A_name_that_nobody_can_read_is_confirmed_by_a_word() =>
        Assert.Equal("delete", Names.ToConfirm("\u200B"));
}
