namespace Portal.Chat;

/// <summary>One attempt to get a message answered, by the process that claimed it.</summary>
/// <param name="Locale">The visitor's language tag.</param>
public sealed record MessageAttempt(LiveWidget Widget, NewMessage Message, MessageClaim.Acquired Claim, string? Locale);
