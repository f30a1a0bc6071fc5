using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>
/// The data of all clients, under the agency's database role: for its admins, their programs and the sample's seed.
/// Which namespaces may take it is written in AccessTests.
/// </summary>
public sealed class AgencyDb(DbContextOptions<AgencyDb> options, BudgetDefaults? budgets = null)
    : ClientDataDb(options, budgets)
{
    /// <summary>Adds a row that belongs to this client.</summary>
    public void AddFor<T>(Guid client, T row)
        where T : class, IOwned
    {
        Entry(row).Property(owned => owned.ClientId).CurrentValue = client;
        Add(row);
    }

    /// <summary>Does several things in one transaction: all of them, or none.</summary>
    public async Task<T> InTransactionAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken = default)
    {
        await using var transaction = await Database.BeginTransactionAsync(cancellationToken);
        var result = await work();
        await transaction.CommitAsync(cancellationToken);
        return result;
    }
}
