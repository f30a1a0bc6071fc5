using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Portal.Webhooks;

/// <summary>
/// The workflows of <c>docs/n8n/</c>, adapted to one widget: with its name, a path that nobody can guess and no other
/// import uses, and its public key if calls are signed.
/// </summary>
public static class WorkflowTemplates
{
    private const string WebhookNode = "n8n-nodes-base.webhook";
    private const string ChatNode = "@n8n/n8n-nodes-langchain.chatTrigger";
    private const string NoteNode = "n8n-nodes-base.stickyNote";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static readonly IReadOnlyList<Template> All =
    [
        new("webhook-respond", "First reply", "Ready in two minutes, no credential needed."),
        new("agent-streaming", "Streaming AI Agent", "Words appear as they are written."),
        new("chat-trigger", "Chat Trigger and AI Agent", "For n8n’s Chat Trigger."),
        new("signed-webhook", "Signed requests only", "Only this widget can start it."),
        new("answers-later", "Asynchronous reply", "For replies that take longer than a minute."),
    ];

    /// <param name="Name">Of its file, without its ending.</param>
    /// <param name="When">When to take it.</param>
    public sealed record Template(string Name, string Title, string When);

    /// <param name="publicKey">Of a widget whose calls are signed; null where they are not.</param>
    /// <returns>The workflow to import; null when there is no such template.</returns>
    public static string? Make(string name, string widget, string? publicKey)
    {
        if (All.FirstOrDefault(template => template.Name == name) is not { } known)
        {
            return null;
        }

        using var file = typeof(WorkflowTemplates).Assembly.GetManifestResourceStream($"n8n/{name}.json")!;
        var workflow = JsonNode.Parse(file)!.AsObject();
        workflow["name"] = $"{widget}: {known.Title}";
        foreach (var node in workflow["nodes"]!.AsArray().Select(node => node!.AsObject()))
        {
            node["id"] = $"{Guid.NewGuid()}";
            switch ((string?)node["type"])
            {
                case WebhookNode:
                    var parameters = node["parameters"]!.AsObject();
                    parameters["path"] = $"{Guid.NewGuid():N}";
                    node["webhookId"] = $"{Guid.NewGuid()}";
                    if (publicKey is not null)
                    {
                        parameters["authentication"] = "jwtAuth";
                    }

                    break;
                case ChatNode:
                    node["webhookId"] = $"{Guid.NewGuid()}";
                    break;
                case NoteNode when publicKey is not null && HasWebhook(workflow):
                    AddKey(node, publicKey);
                    break;
            }
        }

        return workflow.ToJsonString(Readable);
    }

    // The Chat Trigger cannot check signed calls.
    private static bool HasWebhook(JsonObject workflow) =>
        workflow["nodes"]!.AsArray().Any(node => (string?)node!["type"] == WebhookNode);

    private static void AddKey(JsonObject node, string publicKey)
    {
        const int Height = 300;
        var note = node["parameters"]!.AsObject();
        note["content"] =
            $"{note["content"]}\n\n### This widget's public key\nFor the JWT Auth credential (Key Type **PEM Key**, Algorithm **ES256**). n8n may have chosen a JWT credential that exists already: check that it holds this key, or create a new one.\n```\n{publicKey.Trim()}\n```";
        note["height"] = (int)note["height"]! + Height;
        // It is above the nodes.
        node["position"]![1] = (int)node["position"]![1]! - Height;
    }
}
