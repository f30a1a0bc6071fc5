namespace Portal.Web;

/// <summary>Endpoint metadata: the caller authenticates with a conversation's token only, so the cookie need not be checked.</summary>
public sealed class ConversationCall;
