namespace Portal.Data;

/// <summary>The database accepts no messages right now. Nothing was promised, so the caller may try again.</summary>
public sealed class JournalUnavailableException() : Exception("The journal cannot be written at this moment.");
