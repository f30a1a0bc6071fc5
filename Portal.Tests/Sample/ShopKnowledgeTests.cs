using Portal.Audit;
using Portal.Sample;

namespace Portal.Tests.Sample;

public sealed class ShopKnowledgeTests
{
    [Theory]
    [InlineData("When are you open?", "Tuesday to Saturday")]
    [InlineData("Can I return a sofa?", "30 days")]
    [InlineData("When will my order arrive?", "6 working days")]
    [InlineData("Which oil for the oak table?", "hard wax oil")]
    [InlineData("How can I reach you?", "Call us")]
    public void The_sample_bot_knows_its_shop(string question, string answer)
    {
        var found = ShopKnowledge.Find(question);

        Assert.Contains(answer, found.Topic.Answer, StringComparison.Ordinal);
        Assert.InRange(found.Confidence, 0.75, 1);
    }

    [Fact]
    public void What_it_does_not_know_it_says_with_little_confidence()
    {
        var found = ShopKnowledge.Find("Who won the match?");

        Assert.StartsWith("I don’t know", found.Topic.Answer, StringComparison.Ordinal);
        Assert.True(found.Confidence < 0.5);
    }

    [Fact]
    public void It_is_less_sure_when_two_topics_fit_as_well() =>
        Assert.True(
            ShopKnowledge.Find("Is the table open?").Confidence < ShopKnowledge.Find("Which table?").Confidence
        );
}
