using Portal.Audit;
using Portal.Chat;
using Portal.Webhooks;

namespace Portal.Tests.Chat;

public sealed class HistoryTests
{
    [Fact]
    public void History_goes_along_oldest_first_and_only_what_fits()
    {
        QuestionTurn[] newestFirst =
        [
            new("third", "c"),
            new("second", new string('b', 15_900)),
            new("first", new string('a', 200)),
        ];

        Assert.Equal(["second", "third"], History.Bounded(newestFirst).Select(turn => turn.Question));
    }

    [Theory]
    [InlineData(1, "new")]
    [InlineData(2, "3 new")]
    [InlineData(4, "1 2 3 new")]
    [InlineData(50, "1 2 3 new")]
    public void What_grows_keeps_as_many_turns_as_are_asked_for(int atMost, string expected) =>
        Assert.Equal(expected, Grown(["1", "2", "3"], new("new", "answer"), atMost));

    [Theory]
    [InlineData(100, "2 3 new")]
    [InlineData(9_000, "3 new")]
    [InlineData(15_990, "new")]
    [InlineData(16_000, "")]
    public void What_grows_lets_go_of_the_oldest_that_no_longer_fit(int answer, string expected) =>
        Assert.Equal(
            expected,
            Grown(["1", "2", "3"], new("new", new string('x', answer)), History.MaxTurns, each: 6_000)
        );

    private static string Grown(string[] questions, QuestionTurn newest, int atMost, int each = 10) =>
        string.Join(
            ' ',
            History
                .Grown(
                    [.. questions.Select(question => new QuestionTurn(question, new string('x', each)))],
                    newest,
                    atMost
                )
                .Select(turn => turn.Question)
        );
}
