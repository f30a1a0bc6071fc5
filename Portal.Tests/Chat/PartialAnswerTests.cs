using Portal.Chat;

namespace Portal.Tests.Chat;

public sealed class PartialAnswerTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("  \n", "")]
    [InlineData("It is in", "It is in…")]
    [InlineData("It is in ", "It is in…")]
    [InlineData("It is done.", "It is done.")]
    [InlineData("Is it?\n", "Is it?")]
    [InlineData("今日は終わり。", "今日は終わり。")]
    [InlineData("Look:\n```js\nlet a = 1", "Look:\n```js\nlet a = 1\n```")]
    [InlineData("Look:\n```js\nlet a = 1\n```\nand th", "Look:\n```js\nlet a = 1\n```\nand th…")]
    public void What_was_said_stands_as_it_is_and_shows_that_it_broke_off(string said, string expected) =>
        Assert.Equal(expected, PartialAnswer.Text(said));

    [Theory]
    [InlineData("", "Sorry.", "Sorry.")]
    [InlineData("It is in", "Sorry.", "It is in…\n\nSorry.")]
    public void The_clients_words_come_after_it(string said, string fallback, string expected) =>
        Assert.Equal(expected, PartialAnswer.Then(said, fallback));
}
