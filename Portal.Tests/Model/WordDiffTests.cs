using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Model;

public sealed class WordDiffTests
{
    [Theory]
    [InlineData(
        "You are Fern, a kind assistant.",
        "You are Fern, a brief and kind assistant.",
        "You are Fern, a [+brief and +]kind assistant."
    )]
    [InlineData("one two three", "one three", "one [-two -]three")]
    [InlineData("", "all new", "[+all new+]")]
    [InlineData("gone", "", "[-gone-]")]
    [InlineData("same\n\nlines", "same\n\nlines", "same\n\nlines")]
    [InlineData("red", "blue", "[-red-][+blue+]")]
    public void Words_that_stay_stand_between_those_that_go_and_come(string before, string after, string expected)
    {
        var shown = string.Concat(
            WordDiff
                .Between(before, after)
                .Select(piece =>
                    piece.Kind switch
                    {
                        WordDiff.Kind.Gone => $"[-{piece.Text}-]",
                        WordDiff.Kind.New => $"[+{piece.Text}+]",
                        _ => piece.Text,
                    }
                )
        );

        Assert.Equal(expected, shown);
    }

    [Fact]
    public void Both_texts_can_be_made_again_from_the_pieces()
    {
        var random = new Random(7);
        for (var n = 0; n < 200; n++)
        {
            var (before, after) = (Text(), Text());
            var pieces = WordDiff.Between(before, after);

            Assert.Equal(
                before,
                string.Concat(pieces.Where(piece => piece.Kind != WordDiff.Kind.New).Select(piece => piece.Text))
            );
            Assert.Equal(
                after,
                string.Concat(pieces.Where(piece => piece.Kind != WordDiff.Kind.Gone).Select(piece => piece.Text))
            );
        }

        string Text() => string.Join(' ', Enumerable.Range(0, random.Next(12)).Select(_ => "abc"[random.Next(3)]));
    }

    [Fact]
    public void A_text_that_nobody_would_read_word_by_word_is_shown_whole()
    {
        var (before, after) = (
            string.Join(' ', Enumerable.Range(0, 3000)),
            string.Join(' ', Enumerable.Range(1, 3000))
        );

        Assert.Equal([new(WordDiff.Kind.Gone, before), new(WordDiff.Kind.New, after)], WordDiff.Between(before, after));
    }
}
