namespace Portal.Model;

/// <summary>The mark of a business without a logo: its initial on a color that stays the same.</summary>
public static class BusinessMark
{
    private const int Tints = 5;

    extension(string name)
    {
        public string Mark =>
            name.Length == 0 ? "?" : System.Globalization.StringInfo.GetNextTextElement(name.Trim()).ToUpperInvariant();
    }

    extension(Guid id)
    {
        // The last byte of a version 7 id is random, so neighbors differ.
        public int Tint => 1 + (id.ToByteArray()[15] % Tints);
    }
}
