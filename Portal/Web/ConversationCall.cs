namespace Portal.Web;

/// <summary>
/// Endpoint metadata: a program calls within a conversation, so the answer carries only those headers that are not
/// about pages.
/// </summary>
public sealed class ConversationCall;
