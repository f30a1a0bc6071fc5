using Portal.Chat;
using Portal.Webhooks;

namespace Portal.Tests.Chat;

public sealed class HistoryTests
{
    [Fact]
    public void History_goes_along_oldest_first_and_only_what_fits()
    {
        QuestionTurn[] newestFirst = [new("third", "c"), new("second", new string('b', 15_900)), new("first", new string('a', 200))];

        Assert.Equal(["second", "third"], History.Bounded(newestFirst).Select(turn => turn.Question));
    }
}
