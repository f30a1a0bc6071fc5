using System.ComponentModel.DataAnnotations;
using Portal.Model;

namespace Portal.Tests.Model;

/// <summary>The rules of fields that take a name or an email address.</summary>
public sealed class NameAttributeTests
{
    [Fact]
    public void Names_have_one_length_each()
    {
        Assert.Equal(
            [Client.NameMaxLength, User.NameMaxLength, Widget.NameMaxLength],
            new NameAttribute[]
            {
                new BusinessNameAttribute(),
                new PersonNameAttribute(),
                new WidgetNameAttribute(),
            }.Select(name => name.MaximumLength)
        );
        Assert.Null(Sentence(new WidgetNameAttribute(), new string('a', 60)));
        Assert.Equal("Up to 60 characters.", Sentence(new WidgetNameAttribute(), new string('a', 61)));
        Assert.Equal("Up to 100 characters.", Sentence(new BusinessNameAttribute(), new string('a', 101)));
    }

    [Fact]
    public void An_email_address_is_one_and_not_too_long()
    {
        Assert.Null(Sentence(new MailAddressAttribute(), null));
        Assert.Null(Sentence(new MailAddressAttribute(), ""));
        Assert.Null(Sentence(new MailAddressAttribute(), "maya@shop.example"));
        Assert.Equal("Enter a valid email address.", Sentence(new MailAddressAttribute(), "maya"));
        Assert.Equal(
            "Up to 256 characters.",
            Sentence(new MailAddressAttribute(), $"{new string('a', 250)}@shop.example")
        );
        Assert.Equal(
            "Up to 100 characters.",
            Sentence(new MailAddressAttribute(100), $"{new string('a', 60)}@{new string('b', 40)}.example")
        );
    }

    private static string? Sentence(ValidationAttribute rule, object? value) =>
        rule.GetValidationResult(value, new ValidationContext(new object()) { DisplayName = "Field" })?.ErrorMessage;
}
