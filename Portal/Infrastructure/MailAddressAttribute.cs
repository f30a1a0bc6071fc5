using System.ComponentModel.DataAnnotations;
using System.Net.Mail;

namespace Portal.Infrastructure;

/// <summary>
/// Exactly one mail address and nothing else: no display name, no second address, no line break (the framework's own check lets
/// <c>a@b.c, d@e.f</c> and control characters pass).
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class MailAddressAttribute() : ValidationAttribute("That is not an e-mail address.")
{
    public override bool IsValid(object? value) => value is not string text || text.Length == 0 || IsOne(text.Trim());

    public static bool IsOne(string text) =>
        text.Length <= 254
        && !text.Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter) || letter is ',' or ';' or '<' or '>' or '"' or '(' or ')' or '[' or ']' or ':' or '\\')
        && text.Count(letter => letter == '@') == 1
        && MailAddress.TryCreate(text, out var address) && address.Address == text
        && address.Host.Contains('.') && !address.Host.StartsWith('.') && !address.Host.EndsWith('.') && !address.Host.Contains("..", StringComparison.Ordinal);
}
