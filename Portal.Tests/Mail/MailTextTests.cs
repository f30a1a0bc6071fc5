using Portal.Audit;
using Portal.Mail;

namespace Portal.Tests.Mail;

/// <summary>What people typed, in mails that carry our name.</summary>
public sealed class MailTextTests
{
    [Theory]
    [InlineData("Maya Kowalski", "Maya Kowalski")]
    [InlineData("  Maya \r\n\t Kowalski ", "Maya Kowalski")]
    [InlineData("Maya\u202e\u200b Kowalski\u2028Bcc", "Maya Kowalski Bcc")]
    [InlineData("Dr. Kim", "Dr. Kim")]
    [InlineData("A name that goes on and on and on and does not end", "A name that goes on and on and on and d…")]
    public void A_name_is_short_and_stands_on_one_line(string name, string inMail) => Assert.Equal(inMail, name.InMail);

    [Theory]
    [InlineData("Click https://evil.example/now")]
    [InlineData("www.evil.example")]
    [InlineData("evil.example")]
    [InlineData("evil。example")]
    [InlineData("me@evil.example")]
    public void No_mail_program_makes_a_link_of_a_name(string name)
    {
        Assert.DoesNotMatch(@"://|\w[.。]\w|@\w", name.InMail);
        Assert.DoesNotMatch(@"://|\w[.。]\w", MailText.WithoutLinks($"{name.InMail} invited you"));
    }

    [Fact]
    public void A_letter_keeps_the_addresses_that_it_is_about_and_its_own_link()
    {
        var link = new Uri("https://chat.example.com/account/welcome?t=x");
        var content = new EmailTemplate(
            "You sign in as kim@people.example",
            ["See https://evil.example/x and evil.example, or ask kim@people.example."],
            ("Join", link),
            [("Version", "1.5")],
            "Why."
        );

        var text = content.WithoutLinks().Text("Chat Portal");

        Assert.Contains("You sign in as kim@people.example\n", text, StringComparison.Ordinal);
        Assert.Contains(link.ToString(), text, StringComparison.Ordinal);
        Assert.Contains("1.5", text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://evil", text, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", text, StringComparison.Ordinal);
    }
}
