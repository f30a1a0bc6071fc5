namespace Portal.Web;

/// <summary>Endpoint metadata: the caller proves itself with a conversation's token and nothing else, so nobody need be looked for who is signed in.</summary>
public sealed class ConversationCall;
