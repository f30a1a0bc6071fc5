namespace Portal.Model;

/// <summary>The token of a one-time link.</summary>
/// <param name="Hash">SHA-256, by which an opened link finds its row.</param>
/// <param name="Sealed">The token itself for whoever has the portal's keys, so that the same link can be shown and sent
/// again.</param>
public sealed record LinkToken(byte[] Hash, string Sealed)
{
    public const int Bytes = 32;

    /// <summary>What a row is looked for by, or null where it cannot be a token of ours.</summary>
    public static byte[]? HashOf(string? token) => SecretToken.Read(token, Bytes)?.Hash;
}
