namespace Portal.Model;

/// <summary>The differences of two texts, word by word: the longest common sequence of words stays, the rest is removed or added.</summary>
public static class WordDiff
{
    // Above this, the whole text counts as changed: nobody reads such a diff, and its cost grows with the square.
    private const int MaxWords = 2_000;

    public enum Kind
    {
        Same,
        Gone,
        New,
    }

    public sealed record Piece(Kind Kind, string Text);

    public static IReadOnlyList<Piece> Between(string before, string after)
    {
        var (old, now) = (Words(before), Words(after));
        if (old.Count > MaxWords || now.Count > MaxWords)
        {
            return [new(Kind.Gone, before), new(Kind.New, after)];
        }

        var common = Common(old, now);
        var pieces = new List<Piece>();
        for (var (i, j) = (0, 0); i < old.Count || j < now.Count; )
        {
            var (kind, word) =
                i < old.Count && j < now.Count && old[i] == now[j] ? (Kind.Same, old[i++])
                : j == now.Count || (i < old.Count && common[i + 1, j] >= common[i, j + 1]) ? (Kind.Gone, old[i++])
                : (Kind.New, now[j]);
            j += kind == Kind.Gone ? 0 : 1;
            if (pieces.Count > 0 && pieces[^1].Kind == kind)
            {
                pieces[^1] = pieces[^1] with { Text = pieces[^1].Text + word };
            }
            else
            {
                pieces.Add(new(kind, word));
            }
        }

        return pieces;
    }

    // How many words the rest of both texts share, from each place on.
    private static ushort[,] Common(List<string> old, List<string> now)
    {
        var common = new ushort[old.Count + 1, now.Count + 1];
        for (var i = old.Count - 1; i >= 0; i--)
        {
            for (var j = now.Count - 1; j >= 0; j--)
            {
                common[i, j] =
                    old[i] == now[j]
                        ? (ushort)(common[i + 1, j + 1] + 1)
                        : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        return common;
    }

    // Each word with the space that follows it, so that the pieces add up to the text.
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        for (var start = 0; start < text.Length; )
        {
            var end = start;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            while (end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            words.Add(text[start..end]);
            start = end;
        }

        return words;
    }
}
