using System.ComponentModel.DataAnnotations;

namespace Portal.Model;

/// <summary>On a field that takes exactly one email address (<see cref="EmailAddresses.IsOne"/>).</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class MailAddressAttribute(int maxLength = EmailAddresses.MaxLength) : StringLengthAttribute(maxLength)
{
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is not string { Length: > 0 } text ? ValidationResult.Success
        : text.Length > MaximumLength ? new($"Up to {MaximumLength} characters.")
        : EmailAddresses.IsOne(EmailAddresses.Clean(text)) ? ValidationResult.Success
        : new("Enter a valid email address.");
}
