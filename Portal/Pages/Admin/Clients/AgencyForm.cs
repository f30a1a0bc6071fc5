using System.Globalization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Clients;

/// <summary>
/// The fields of an existing client that the agency can edit; its budget is not the client's own to set.
/// </summary>
public sealed class AgencyForm : ClientForm
{
    private const int MostMessages = 100_000_000;

    /// <summary>Messages per month; empty means the portal's default.</summary>
    public string? MonthlyBudget { get; set; }

    private int? Messages =>
        int.TryParse(
            MonthlyBudget,
            NumberStyles.AllowThousands | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture,
            out var messages
        ) && messages is > 0 and <= MostMessages
            ? messages
            : null;

    public static new AgencyForm Of(Client client)
    {
        var form = Of<AgencyForm>(client);
        form.MonthlyBudget = client.MonthlyBudget?.ToString(CultureInfo.InvariantCulture);
        return form;
    }

    public override IReadOnlyList<EditField> Shown() =>
        [.. base.Shown(), new("Monthly message limit", Messages?.ToString(CultureInfo.InvariantCulture))];

    public override void Check(ModelStateDictionary state)
    {
        base.Check(state);
        if (!string.IsNullOrWhiteSpace(MonthlyBudget) && Messages is null)
        {
            state.AddModelError(
                "Input.MonthlyBudget",
                $"Enter a whole number from 1 to {MostMessages.ToString("N0", CultureInfo.InvariantCulture)}."
            );
        }
    }

    public override IReadOnlyList<AuditChange> Apply(Client client, DateTimeOffset now)
    {
        var budget = AuditChange.MonthlyBudget(client.MonthlyBudget, Messages);
        client.MonthlyBudget = Messages;
        var facts = base.Apply(client, now);
        return budget.IsChange ? [.. facts, budget] : facts;
    }
}
