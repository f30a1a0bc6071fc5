using DiffPlex;
using DiffPlex.Chunkers;

namespace Portal.Model;

/// <summary>
/// The differences of two texts, word by word: the longest common sequence of words stays, the rest is removed or
/// added.
/// </summary>
public static class WordDiff
{
    // Above this, the whole text counts as changed: nobody reads such a diff, and its cost grows with the square.
    private const int MaxWords = 2_000;

    private static readonly CustomFunctionChunker s_words = new(Words);

    public enum Kind
    {
        Same,
        Gone,
        New,
    }

    public sealed record Piece(Kind Kind, string Text);

    public static IReadOnlyList<Piece> Between(string before, string after)
    {
        if (Words(before).Length > MaxWords || Words(after).Length > MaxWords)
        {
            return [new(Kind.Gone, before), new(Kind.New, after)];
        }

        var diff = Differ.Instance.CreateDiffs(before, after, ignoreWhiteSpace: false, ignoreCase: false, s_words);
        var (old, now) = (diff.PiecesOld, diff.PiecesNew);
        var pieces = new List<Piece>();
        var next = 0;
        foreach (var block in diff.DiffBlocks)
        {
            Add(Kind.Same, old, next, block.DeleteStartA - next);
            Add(Kind.Gone, old, block.DeleteStartA, block.DeleteCountA);
            Add(Kind.New, now, block.InsertStartB, block.InsertCountB);
            next = block.DeleteStartA + block.DeleteCountA;
        }

        Add(Kind.Same, old, next, old.Count - next);
        return pieces;

        void Add(Kind kind, IReadOnlyList<string> words, int from, int count)
        {
            if (count > 0)
            {
                pieces.Add(new(kind, string.Concat(words.Skip(from).Take(count))));
            }
        }
    }

    // Each word with the space that follows it, so that the pieces add up to the text.
    private static string[] Words(string text)
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

        return [.. words];
    }
}
