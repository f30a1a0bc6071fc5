namespace Portal.Model;

/// <summary>
/// The parameters of a filtered list. All of them are in its address, so that a link leads back to the same list.
/// </summary>
/// <param name="Parts">In the order of the address; those without a value are left out.</param>
public sealed record ListQuery(params IEnumerable<(string Name, string? Value)> Parts)
{
    /// <summary>The query string, with its question mark; empty without parameters.</summary>
    public string Text =>
        string.Concat(Set.Select((part, i) => $"{(i == 0 ? '?' : '&')}{part.Name}={Uri.EscapeDataString(part.Value)}"));

    /// <summary>All parameters except search and position, as hidden fields of the search form.</summary>
    public IEnumerable<(string Name, string Value)> Hidden =>
        Set.Where(part => part.Name is not ("q" or "older" or "newer"));

    private IEnumerable<(string Name, string Value)> Set =>
        Parts.Where(part => part.Value is { Length: > 0 }).Select(part => (part.Name, part.Value!));
}
