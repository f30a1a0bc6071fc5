using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>The people of a client, of whom at least one is an owner.</summary>
public sealed class TeamService(AccountsDb db, UserManager<User> users, AuditLog audit, TimeProvider clock)
{
    public IQueryable<User> Of(Guid client) => db.Users.Where(user => user.ClientId == client);

    /// <summary>
    /// Changes a person's role; their sessions end within a minute. False when the client would have no owner left.
    /// </summary>
    public Task<bool> ChangeRoleAsync(User person, UserRole role, CancellationToken cancellationToken) =>
        ChangeRoleAsync(person, role, () => false, cancellationToken);

    /// <summary>The same, unless somebody else has changed the person since the decision was made.</summary>
    /// <param name="isOutdated">Looks at the person as they are now: whether the decision was made over something
    /// else.</param>
    public Task<bool> ChangeRoleAsync(
        User person,
        UserRole role,
        Func<bool> isOutdated,
        CancellationToken cancellationToken
    ) =>
        WithoutTheOthersAsync(
            person,
            role == UserRole.Owner,
            async () =>
            {
                if (isOutdated())
                {
                    return;
                }

                audit.Add(db, person.ClientId, AuditAction.RoleChanged, person, AuditChange.Role(person.Role, role));
                person.Role = role;
                await users.UpdateSecurityStampAsync(person);
            },
            cancellationToken
        );

    /// <summary>
    /// Removes a person with their account: they get no more alerts, and the open invitations they sent are revoked.
    /// False when the client would have no owner left.
    /// </summary>
    public Task<bool> RemoveAsync(User person, bool byThemselves, CancellationToken cancellationToken) =>
        WithoutTheOthersAsync(
            person,
            staysOwner: false,
            async () =>
            {
                audit.Add(
                    db,
                    person.ClientId,
                    byThemselves ? AuditAction.Left : AuditAction.Removed,
                    byThemselves ? Subject.None : person,
                    AuditChange.Email(person.Email, null),
                    AuditChange.Role(person.Role, null)
                );
                await EndWhatTheyBeganAsync(person, cancellationToken);
                await users.DeleteAsync(person);
            },
            cancellationToken
        );

    private async Task EndWhatTheyBeganAsync(User person, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        foreach (
            var invitation in await db
                .Invitations.Pending()
                .Where(i => i.InvitedBy == person.Id && i.ClientId == person.ClientId)
                .ToListAsync(cancellationToken)
        )
        {
            invitation.Revoke(now);
            audit.Add(
                db,
                person.ClientId,
                AuditAction.InvitationRevoked,
                new(invitation.Id, invitation.DisplayName),
                AuditChange.Email(invitation.Email, null)
            );
        }

        await db.Database.ExecuteSqlAsync(
            $"DELETE FROM alert_recipients WHERE client_id = {person.ClientId} AND lower(email) = lower({person.Email})",
            cancellationToken
        );
    }

    // Serialized, because two owners could otherwise make each other members at the same moment.
    private async Task<bool> WithoutTheOthersAsync(
        User person,
        bool staysOwner,
        Func<Task> change,
        CancellationToken cancellationToken
    )
    {
        var client = person.ClientId!.Value;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync(
            $"SELECT pg_advisory_xact_lock(hashtext('team'), hashtext({client.ToString()}))",
            cancellationToken
        );
        await db.Entry(person).ReloadAsync(cancellationToken);
        if (db.Entry(person).State == EntityState.Detached)
        {
            return true;
        }

        if (
            person.Role == UserRole.Owner
            && !staysOwner
            && !await Of(client)
                .AnyAsync(other => other.Id != person.Id && other.Role == UserRole.Owner, cancellationToken)
        )
        {
            return false;
        }

        await change();
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
