using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Model;

namespace Portal.Data;

/// <summary>
/// How a <see cref="PortalDb"/> with the key <see cref="Key"/> reads from the replica for reports; null where there is
/// none.
/// </summary>
public sealed class ReportsOptions(Databases databases, ILoggerFactory loggers)
{
    /// <summary>
    /// The service key of the context that analytics and exports read with. It may be a moment behind, and writes
    /// nothing.
    /// </summary>
    public const string Key = "reports";

    internal DbContextOptions<PortalDb>? Value { get; } = databases.Reports is { } source ? Of(source, loggers) : null;

    private static DbContextOptions<PortalDb> Of(NpgsqlDataSource source, ILoggerFactory loggers)
    {
        var db = new DbContextOptionsBuilder<PortalDb>();
        DatabaseServices.Use(db, source).UseLoggerFactory(loggers).AddInterceptors(TenantSessionInterceptor.Instance);
        return db.Options;
    }
}
