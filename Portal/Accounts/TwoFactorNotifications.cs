using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Logs that a person gained or lost a sign-in method, and notifies them, in case it was not them. When an admin's last
/// factor is removed, what depends on it ends.
/// </summary>
public sealed class TwoFactorNotifications(
    AccountsDb db,
    AccountFactors factors,
    AuditLog audit,
    IOptions<MailOptions> mail,
    IOptions<FactorOptions> options,
    TimeProvider clock
)
{
    /// <param name="what">Within a sentence: <c>an authenticator app</c>.</param>
    public async Task AddedAsync(User person, FactorKind kind, string what)
    {
        audit.Add(db, person.ClientId, AuditAction.FactorAdded, person, AuditChange.Factor(kind));
        Mail(person, FactorAddedEmail.Template, what);
        await db.SaveChangesAsync();
    }

    /// <param name="what">Within a sentence: <c>the authenticator app</c>.</param>
    public async Task RemovedAsync(User person, FactorKind kind, string what)
    {
        audit.Add(db, person.ClientId, AuditAction.FactorRemoved, person, AuditChange.Factor(kind));
        Mail(person, FactorRemovedEmail.Template, what);
        await db.SaveChangesAsync();
        await EndWithLastAsync(person);
    }

    /// <summary>An admin's API tokens and view as client end permanently when their last factor is removed.</summary>
    public async Task EndWithLastAsync(User person)
    {
        if (person.Role != UserRole.Admin || !options.Value.AdminsNeedSecondFactor || await factors.HasAnyAsync(person))
        {
            return;
        }

        var now = clock.GetUtcNow();
        await db
            .AdminTokens.Where(token => token.CreatedBy == person.Id && token.RevokedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(token => token.RevokedAt, now));
        await db
            .Sessions.Where(session => session.UserId == person.Id && session.ViewingClientId != null)
            .ExecuteUpdateAsync(set =>
                set.SetProperty(session => session.ViewingClientId, (Guid?)null)
                    .SetProperty(session => session.ViewingUntil, (DateTimeOffset?)null)
            );
    }

    private void Mail(User person, string template, string what)
    {
        if (mail.Value.IsConfigured)
        {
            db.Add(
                new Email
                {
                    ClientId = person.ClientId,
                    UserId = person.Id,
                    Template = template,
                    ToAddress = person.Email!,
                    ToName = person.DisplayName,
                    Detail = what,
                }
            );
        }
    }
}
