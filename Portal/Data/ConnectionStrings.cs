using Portal.Hosting;

namespace Portal.Data;

/// <summary>
/// The section <c>ConnectionStrings</c>: one for each database role. The owner's is optional: with it the portal
/// migrates when it starts.
/// <see cref="Listen"/> is optional, too: the role of <see cref="Portal"/> again, bypassing any pooler. So is <see cref="Reports"/>: the same
/// role on a read replica.
/// </summary>
public sealed class ConnectionStrings
{
    /// <summary>Required: role <c>portal_app</c>, for requests; sees one client's rows at a time.</summary>
    [Secret]
    public string? Portal { get; set; }

    /// <summary>Required: role <c>portal_accounts</c>, for sign-in.</summary>
    [Secret]
    public string? Accounts { get; set; }

    /// <summary>Required: role <c>portal_journal</c>, which writes messages and answers.</summary>
    [Secret]
    public string? Journal { get; set; }

    /// <summary>Required: role <c>portal_jobs</c>, for clean-up and aggregation.</summary>
    [Secret]
    public string? Jobs { get; set; }

    /// <summary>
    /// Role <c>portal_owner</c>. If set, migrations run at start; if not, the portal refuses to start on a database
    /// that is behind.
    /// </summary>
    [Secret]
    public string? Owner { get; set; }

    /// <summary>
    /// Role <c>portal_app</c> bypassing any pooler, to be notified of changes made by other replicas. If not set,
    /// <c>ConnectionStrings__Portal</c> is used.
    /// </summary>
    [Secret]
    public string? Listen { get; set; }

    /// <summary>
    /// Role <c>portal_app</c> on a read replica, for analytics pages and exports, which may be a moment behind. If not
    /// set, <c>ConnectionStrings__Portal</c> is used.
    /// </summary>
    [Secret]
    public string? Reports { get; set; }

    internal bool AreAllMissing => Named.All(named => string.IsNullOrWhiteSpace(named.Value));

    internal IEnumerable<string> Missing =>
        Named.Where(named => string.IsNullOrWhiteSpace(named.Value)).Select(named => $"ConnectionStrings:{named.Name}");

    private IEnumerable<(string Name, string? Value)> Named =>
        [(nameof(Portal), Portal), (nameof(Accounts), Accounts), (nameof(Journal), Journal), (nameof(Jobs), Jobs)];
}
