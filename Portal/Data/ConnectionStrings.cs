namespace Portal.Data;

/// <summary>
/// The section <c>ConnectionStrings</c>: one for each database role. The owner's is optional: with it the portal migrates when it starts.
/// <see cref="Listen"/> is optional, too: the role of <see cref="Portal"/> again, bypassing any pooler.
/// </summary>
public sealed class ConnectionStrings
{
    public string? Portal { get; set; }
    public string? Accounts { get; set; }
    public string? Journal { get; set; }
    public string? Jobs { get; set; }
    public string? Owner { get; set; }
    public string? Listen { get; set; }

    internal bool AreAllMissing => Named.All(named => string.IsNullOrWhiteSpace(named.Value));

    internal IEnumerable<string> Missing =>
        Named.Where(named => string.IsNullOrWhiteSpace(named.Value)).Select(named => $"ConnectionStrings:{named.Name}");

    private IEnumerable<(string Name, string? Value)> Named =>
        [(nameof(Portal), Portal), (nameof(Accounts), Accounts), (nameof(Journal), Journal), (nameof(Jobs), Jobs)];
}
