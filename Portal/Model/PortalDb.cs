using System.Reflection;
using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>The data of one client: the entered one.</summary>
public sealed class PortalDb(DbContextOptions<PortalDb> options, Tenant tenant, BudgetDefaults? budgets = null)
    : ClientDataDb(options, budgets)
{
    public const string TenantFilter = "Tenant";

    private readonly Tenant _tenant = tenant;

    /// <summary>The client whose rows the database shows, or null.</summary>
    internal Guid? EnteredClient => _tenant.IdOrNone == Guid.Empty ? null : _tenant.IdOrNone;

    protected override void OnModelCreating(ModelBuilder model)
    {
        base.OnModelCreating(model);

        // A client is its own tenant.
        model.Entity<Client>().HasQueryFilter(TenantFilter, client => client.Id == _tenant.IdOrNone);
        foreach (
            var type in model
                .Model.GetEntityTypes()
                .Select(entity => entity.ClrType)
                .Where(typeof(IOwned).IsAssignableFrom)
                .ToList()
        )
        {
            s_own.MakeGenericMethod(type).Invoke(this, [model]);
        }

        model.Entity<ChangeLog>().HasQueryFilter(TenantFilter, log => log.ClientId == _tenant.IdOrNone);
    }

    private static readonly MethodInfo s_own = typeof(PortalDb).GetMethod(
        nameof(Own),
        BindingFlags.Instance | BindingFlags.NonPublic
    )!;

    // Without a client the filter matches nothing: forgetting to enter one shows no rows, never all rows.
    private void Own<T>(ModelBuilder model)
        where T : class, IOwned =>
        model.Entity<T>().HasQueryFilter(TenantFilter, row => row.ClientId == _tenant.IdOrNone);

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        Stamp();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override Task<int> SaveChangesAsync(
        bool acceptAllChangesOnSuccess,
        CancellationToken cancellationToken = default
    )
    {
        Stamp();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    private void Stamp()
    {
        foreach (var entry in ChangeTracker.Entries<IOwned>())
        {
            if (entry.State == EntityState.Added)
            {
                entry.Property(row => row.ClientId).CurrentValue = _tenant.Id;
            }
            else if (entry.State is EntityState.Modified or EntityState.Deleted && entry.Entity.ClientId != _tenant.Id)
            {
                throw new InvalidOperationException(
                    $"A {entry.Metadata.ClrType.Name} of another client was about to be changed."
                );
            }
        }
    }
}
