using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>A budget that is used up: of a widget's day, or of a client's month.</summary>
/// <param name="WidgetId">Null for a client's month.</param>
public sealed record UsedUpBudget(Guid ClientId, Guid? WidgetId, long Used, int Allowed, DateTimeOffset AgainAt)
{
    public bool IsMonth => WidgetId is null;
}

/// <summary>The default limits per widget and day and per client and month. 0: without limit.</summary>
public sealed record BudgetDefaults(int PerDay, int PerMonth);

public static class UsedUpBudgetsQueries
{
    extension(ClientDataDb db)
    {
        /// <summary>Of the entered client; of all clients with the agency's role.</summary>
        public async Task<IReadOnlyList<UsedUpBudget>> UsedUpBudgetsAsync(CancellationToken cancellationToken) =>
            await db.UsedUpBudgets(db.Budgets.PerDay, db.Budgets.PerMonth).ToListAsync(cancellationToken);
    }

    extension(IReadOnlyList<UsedUpBudget> budgets)
    {
        /// <summary>The budget that blocks this widget; of several, the one that lasts longest.</summary>
        public UsedUpBudget? Of(Guid widget) =>
            budgets.Where(budget => budget.IsMonth || budget.WidgetId == widget).MaxBy(budget => budget.AgainAt);
    }
}
