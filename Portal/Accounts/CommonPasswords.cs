using System.Text;
using Microsoft.AspNetCore.Identity;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Refuses passwords that are easy to guess: by zxcvbn's estimate (words, names, dates, keyboard rows, repetitions),
/// which also knows the person's name and address and the product's name, and by a list of leaked passwords. There are
/// no rules about characters (NIST SP 800-63B).
/// </summary>
public sealed class CommonPasswords(PortalOptions portal) : IPasswordValidator<User>
{
    public const string Refusal =
        "This password is too easy to guess. Avoid names, dates, single words with digits and keyboard patterns. A phrase of several words works well.";

    // Of zxcvbn's 0 to 4: a million seconds at ten thousand guesses a second.
    private const int LeastScore = 3;

    // The length that a password must have besides known names.
    private const int LeastBesideNames = 7;

    // zxcvbn's effort grows with the square of the length, and this many characters are enough to judge.
    private const int Judged = 64;

    private static readonly Lazy<HashSet<string>> s_leaked = new(Load);

    // zxcvbn reads its dictionaries once. Its shared state is only read after that, by one thread at a time.
    private static readonly Lazy<Zxcvbn.Zxcvbn> s_judge = new(() => new());

    public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user, string? password)
    {
        var known = KnownTo(user).ToList();
        return Task.FromResult(
            IsEasy(password ?? "", known)
                ? IdentityResult.Failed(new IdentityError { Code = "PasswordCommon", Description = Refusal })
                : IdentityResult.Success
        );
    }

    private static bool IsEasy(string password, IReadOnlyList<string> known)
    {
        var text = password.ToLowerInvariant();
        return s_leaked.Value.Contains(text) || IsMostly(text, known) || ScoreOf(password, known) < LeastScore;
    }

    private static int ScoreOf(string password, IEnumerable<string> known)
    {
        lock (s_judge)
        {
            return s_judge.Value.EvaluatePassword(password[..Math.Min(password.Length, Judged)], known).Score;
        }
    }

    // Refuses names and addresses with little added.
    private static bool IsMostly(string text, IEnumerable<string> known)
    {
        var letters = string.Concat(text.Where(char.IsLetterOrDigit));
        var rest = known
            .OrderByDescending(word => word.Length)
            .Aggregate(letters, (left, word) => left.Replace(word, "", StringComparison.Ordinal));
        return rest.Length < letters.Length && rest.Length < LeastBesideNames;
    }

    // In lower case, whole and in parts.
    private IEnumerable<string> KnownTo(User user) =>
        new[] { portal.Name, user.DisplayName, user.Email }
            .OfType<string>()
            .SelectMany(name =>
                Parts(name.ToLowerInvariant())
                    .Append(string.Concat(name.ToLowerInvariant().Where(char.IsLetterOrDigit)))
            )
            .Where(word => word.Length >= 3)
            .Distinct();

    private static IEnumerable<string> Parts(string name)
    {
        var part = new StringBuilder();
        foreach (var letter in name.Append(' '))
        {
            if (char.IsLetterOrDigit(letter))
            {
                part.Append(letter);
            }
            else if (part.Length > 0)
            {
                yield return part.ToString();
                part.Clear();
            }
        }
    }

    private static HashSet<string> Load()
    {
        using var list = new StreamReader(
            typeof(CommonPasswords).Assembly.GetManifestResourceStream("common-passwords.txt")!
        );
        return [.. list.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')];
    }
}
