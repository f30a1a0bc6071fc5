using Microsoft.AspNetCore.Identity;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.SignIn;

/// <summary>
/// Refuses passwords that guessers try first: those of a list of leaked ones, a word of it lengthened with digits, repetitions, rows of
/// keys, and one's own name. Nothing is asked of their letters (NIST SP 800-63B).
/// </summary>
public sealed class CommonPasswords(PortalOptions portal) : IPasswordValidator<User>
{
    // So many digits and signs around a common word do not yet make it hard to guess.
    private const int MaxAround = 6;

    private static readonly Lazy<HashSet<string>> s_list = new(Load);

    public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user, string? password)
    {
        var text = (password ?? "").ToLowerInvariant();
        var own = new[] { portal.Name, user.DisplayName, user.Email?.Split('@')[0] }.OfType<string>().SelectMany(name => name.Split(' ').Append(name)).Where(name => name.Length >= 4);
        return Task.FromResult(IsCommon(text) || own.Any(name => IsMostly(text, name.ToLowerInvariant()))
            ? IdentityResult.Failed(new IdentityError { Code = "PasswordCommon", Description = "Guessers try this one early. Choose one that is not a common word with digits, a row of keys, or your name." })
            : IdentityResult.Success);
    }

    /// <param name="text">In small letters.</param>
    public static bool IsCommon(string text)
    {
        var core = text.Trim().AsSpan().TrimStart("0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~").TrimEnd("0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~").ToString();
        return s_list.Value.Contains(text)
            || (text.Length - core.Length <= MaxAround && s_list.Value.Contains(core))
            || IsRepeated(text) || IsRepeated(core)
            || IsRow(text);
    }

    // The name, with little beside it.
    private static bool IsMostly(string text, string name) => text.Contains(name, StringComparison.Ordinal) && text.Length - name.Length <= MaxAround;

    // One piece over and over: "abcabcabcabc".
    private static bool IsRepeated(string text)
    {
        for (var length = 1; length <= text.Length / 2; length++)
        {
            var piece = text[..length];
            if (text.Length >= 8 && Enumerable.Range(0, text.Length).All(i => text[i] == piece[i % length]))
            {
                return true;
            }
        }

        return false;
    }

    // Neighbours in the alphabet or among digits, all but a few: "abcdefghijkl", "123456789012".
    private static bool IsRow(string text) =>
        text.Zip(text.Skip(1)).Count(pair => Math.Abs(pair.First - pair.Second) <= 1 || (pair.First, pair.Second) is ('9', '0') or ('0', '9')) >= text.Length - 3;

    private static HashSet<string> Load()
    {
        using var list = new StreamReader(typeof(CommonPasswords).Assembly.GetManifestResourceStream("common-passwords.txt")!);
        return [.. list.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')];
    }
}
