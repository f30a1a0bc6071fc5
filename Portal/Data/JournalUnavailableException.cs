namespace Portal.Data;

/// <summary>The database does not take messages just now. Nothing has been promised: the caller may come again.</summary>
public sealed class JournalUnavailableException() : Exception("The journal cannot be written at this moment.");
