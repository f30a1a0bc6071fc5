using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Mail;
using Portal.Model;

namespace Portal.SignIn;

/// <summary>Writes down that somebody can sign in with something new, or no longer can; of the latter they get a mail, in case it was not them.</summary>
public sealed class FactorNews(AccountsDb db, AuditLog audit, IOptions<MailOptions> mail)
{
    public async Task AddedAsync(User person, FactorKind kind)
    {
        audit.Add(db, person.ClientId, Act.FactorAdded, person, Fact.Factor(kind));
        await db.SaveChangesAsync();
    }

    /// <param name="what">Within a sentence: <c>the authenticator app</c>.</param>
    public async Task RemovedAsync(User person, FactorKind kind, string what)
    {
        audit.Add(db, person.ClientId, Act.FactorRemoved, person, Fact.Factor(kind));
        if (mail.Value.IsConfigured)
        {
            db.Add(new Email { ClientId = person.ClientId, UserId = person.Id, Template = FactorLetter.Template, ToAddress = person.Email!, ToName = person.DisplayName, Detail = what });
        }

        await db.SaveChangesAsync();
    }
}
