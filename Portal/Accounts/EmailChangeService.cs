using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Changes a person's email address. Both addresses must confirm: the new one that it is theirs, and the old one that
/// they want it, so that a stolen session cannot take over an account.
/// </summary>
public sealed class EmailChangeService(
    AccountsDb db,
    UserManager<User> users,
    LinkTokens tokens,
    AuditLog audit,
    ActionLimits limits,
    TimeProvider clock
)
{
    public Task<EmailChange?> OpenOf(User person, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return db.EmailChanges.SingleOrDefaultAsync(
            change => change.UserId == person.Id && change.ExpiresAt > now,
            cancellationToken
        );
    }

    /// <summary>Asks both addresses to confirm. An earlier request is canceled.</summary>
    /// <exception cref="LimitExceededException">When too many emails were sent.</exception>
    public async Task AskAsync(User person, string email, CancellationToken cancellationToken)
    {
        (await limits.MailAsync(person.Id, person.ClientId, email, cancellationToken)).OrThrow();
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.EmailChanges.Where(change => change.UserId == person.Id).ExecuteDeleteAsync(cancellationToken);
        var change = new EmailChange
        {
            UserId = person.Id,
            Email = email,
            CreatedAt = now,
            ExpiresAt = now + EmailChange.Life,
        };
        change.Keep(forOld: tokens.Mint(), forNew: tokens.Mint());
        db.Add(change);
        foreach (var to in new[] { person.Email!, email })
        {
            db.Add(
                new Email
                {
                    ClientId = person.ClientId,
                    UserId = person.Id,
                    Template = EmailChangeEmail.Template,
                    ToAddress = to,
                    ToName = person.DisplayName,
                    About = change.Id,
                }
            );
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task CancelAsync(User person, CancellationToken cancellationToken) =>
        db.EmailChanges.Where(change => change.UserId == person.Id).ExecuteDeleteAsync(cancellationToken);

    /// <summary>The change that a link belongs to, or null when the link is no longer valid.</summary>
    public async Task<Asked?> OpenAsync(string? token, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return
            LinkToken.HashOf(token) is { } hash
            && await db.EmailChanges.SingleOrDefaultAsync(
                change => (change.OldTokenHash == hash || change.NewTokenHash == hash) && change.ExpiresAt > now,
                cancellationToken
            )
                is { } change
            && await users.FindByIdAsync(change.UserId.ToString()) is { } person
            ? new(change, person, change.IsForNew(hash))
            : null;
    }

    /// <summary>
    /// Confirms one of the two addresses. True when it was the second and the address has changed; null when somebody
    /// else has the address by now.
    /// </summary>
    public async Task<bool?> ConfirmAsync(Asked asked, CancellationToken cancellationToken)
    {
        var (change, person, byNew) = asked;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        // Both addresses may confirm at the same moment; the lock lets the second request see the first confirmation.
        await db.Database.ExecuteSqlAsync(
            $"SELECT 1 FROM email_changes WHERE id = {change.Id} FOR UPDATE",
            cancellationToken
        );
        await db.Entry(change).ReloadAsync(cancellationToken);
        change.Confirm(byNew, clock.GetUtcNow());
        if (!change.IsConfirmed)
        {
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return false;
        }

        var old = person.Email;
        db.Remove(change);
        person.UserName = person.Email = change.Email;
        person.EmailConfirmed = true;
        audit.Add(db, person.ClientId, AuditAction.EmailChanged, person, AuditChange.Email(old, change.Email));
        if (!(await users.UpdateSecurityStampAsync(person)).Succeeded)
        {
            return null;
        }

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public sealed record Asked(EmailChange Change, User Person, bool IsNew);
}
