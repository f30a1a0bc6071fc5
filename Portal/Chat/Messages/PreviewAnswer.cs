using Portal.Webhooks;

namespace Portal.Chat;

/// <summary>The answer in a widget's preview while no workflow is connected and the portal has no sample bot.</summary>
public static class PreviewAnswer
{
    public static WebhookOutcome.Answered To(string question)
    {
        var asked = VisitorText.Cut(question.ReplaceLineEndings(" ").Trim(), 120);
        return new(
            $"This is a **preview**: no workflow is connected yet to answer “{asked}”. Answers will look like this, with\n\n- lists,\n- **bold** words,\n- [links](https://example.com).\n\nConnect your n8n workflow under Connection to see real answers here.",
            Confidence: null,
            Suggestions: ["What can you do?"],
            Sources: []
        );
    }
}
