namespace Portal.Model;

/// <summary>
/// What the portal itself writes into <c>webhook_errors.error_message</c> when n8n sent nothing to quote; <see
/// cref="WebhookDiagnosis"/> recognizes it.
/// </summary>
public static class WebhookFindings
{
    public const string EmptyReply = "An empty reply.";
    public const string Started = "Workflow was started";
    public const string StreamWithoutText = "A stream without text.";
    public const string NoTls = "Nothing at this port speaks TLS.";
    public const string NoHandshake = "No TLS version or cipher in common.";
    public const string ClosedEarly = "The connection was closed before a reply.";
}
