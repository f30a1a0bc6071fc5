namespace Portal.Model;

/// <summary>The token of a one-time link.</summary>
/// <param name="Hash">SHA-256, by which an opened link finds its row.</param>
/// <param name="Sealed">The encrypted token, so that the same link can be shown and sent again.</param>
public sealed record LinkToken(byte[] Hash, string Sealed);
