using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Admin.Clients;

/// <summary>The clients that an admin may choose on a page of one client. Nobody else is shown any.</summary>
public sealed class OtherClients(AgencyDb db)
{
    public async Task<IReadOnlyList<OtherClient>> ForAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        if (!user.IsAdmin)
        {
            return [];
        }

        var own = user.ClientId;
        return await db
            .Clients.Where(client =>
                client.Id != own && client.SuspendedAt == null && client.DeletionRequestedAt == null
            )
            .OrderBy(client => client.Name)
            .Select(client => new OtherClient(
                client.Id,
                string.IsNullOrEmpty(client.CompanyName) ? client.Name : client.CompanyName
            ))
            .ToListAsync(cancellationToken);
    }
}

public sealed record OtherClient(Guid Id, string Business);
