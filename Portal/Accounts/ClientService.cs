using Portal.Audit;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Creates clients.</summary>
public sealed class ClientService(AccountsDb db, InvitationService invitations, AuditLog audit)
{
    /// <summary>A new client and the invitation of its first owner: both are created, or neither.</summary>
    /// <returns>The invitation, and its link to hand over where no email can be sent.</returns>
    /// <exception cref="Limits.LimitExceededException">When too many people were invited.</exception>
    public async Task<(Invitation Invitation, Uri? Link)> CreateAsync(
        Client client,
        string ownerName,
        string ownerEmail,
        Guid by,
        string byName,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        db.Add(client);
        audit.Add(
            db,
            client.Id,
            AuditAction.ClientCreated,
            client,
            AuditChange.Name(null, client.Name),
            AuditChange.TimeZone(null, client.TimeZone)
        );
        await db.SaveChangesAsync(cancellationToken);
        var invitation = (
            await invitations.InviteAsync(
                client.Id,
                ownerEmail,
                ownerName,
                UserRole.Owner,
                by,
                byName,
                cancellationToken
            )
        )!;
        var link = invitations.CanMail ? null : await invitations.LinkAsync(invitation, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (invitation, link);
    }
}
