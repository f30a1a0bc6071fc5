using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Portal.Model;

namespace Portal.Limits;

/// <summary>How many widgets a client may have. An admin who views as the client may create more.</summary>
public sealed class WidgetAllowance(
    PortalDb db,
    Tenant tenant,
    IHttpContextAccessor context,
    IOptions<ActionLimitOptions> options
)
{
    public int Most => options.Value.WidgetsPerClient;

    public string Sentence =>
        $"You’ve reached the limit of {Most} widgets. Delete one that you no longer use, or ask your portal administrator for more.";

    /// <summary>
    /// Begins the transaction in which another one is created: until it ends, no other request of this client creates
    /// one.
    /// </summary>
    /// <returns>Null when there is no room.</returns>
    public async Task<IDbContextTransaction?> BeginAsync(CancellationToken cancellationToken)
    {
        var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (Most == 0 || context.HttpContext?.User.IsViewing == true)
        {
            return transaction;
        }

        var client = tenant.Id.ToString();
        await db.Database.ExecuteSqlAsync(
            $"SELECT pg_advisory_xact_lock(hashtext('widgets'), hashtext({client}))",
            cancellationToken
        );
        if (await db.Widgets.CountAsync(widget => widget.IsDemo != true, cancellationToken) < Most)
        {
            return transaction;
        }

        await transaction.DisposeAsync();
        return null;
    }
}
