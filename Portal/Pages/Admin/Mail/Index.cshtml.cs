using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Limits;
using Portal.Mail;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Mail;

/// <summary>Recent emails and their delivery status.</summary>
public sealed class IndexModel(
    AgencyDb db,
    AccountsDb accounts,
    IOptions<MailOptions> mail,
    Templates templates,
    ActionLimits limits,
    AuditLog audit,
    TimeProvider clock
) : PageModel
{
    public const int Most = 100;

    public bool IsConfigured => mail.Value.IsConfigured;

    public string Lead =>
        IsConfigured ? $"Sender {mail.Value.From} via {mail.Value.Host} · last {Most} emails" : $"Last {Most} emails";

    public IReadOnlyList<Row> Rows { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var mails = await db
            .Emails.AsNoTracking()
            .Where(e => e.Template != Account.Password.ForgotModel.Nobody)
            .OrderByDescending(e => e.CreatedAt)
            .Take(Most)
            .ToListAsync(cancellationToken);
        Rows = mails.ConvertAll(email => new Row(templates.TitleOf(email.Template), email));
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostTestAsync(CancellationToken cancellationToken)
    {
        var id = User.PersonId;
        var me = await accounts.Users.SingleAsync(user => user.Id == id, cancellationToken);
        (await limits.MailAsync(id, null, me.Email!, cancellationToken)).OrThrow();
        accounts.Add(
            new Email
            {
                Template = TestEmail.Template,
                ToAddress = me.Email!,
                ToName = me.DisplayName,
                UserId = me.Id,
            }
        );
        audit.Add(accounts, client: null, AuditAction.TestMailSent, me, AuditChange.Email(null, me.Email));
        await accounts.SaveChangesAsync(cancellationToken);
        this.Toast($"Test email queued for {me.Email}.");
        return RedirectToPage();
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostResendAsync(
        [FromForm(Name = "mail")] Guid id,
        CancellationToken cancellationToken
    )
    {
        if (
            await db.Emails.SingleOrDefaultAsync(e => e.Id == id && e.Status != EmailStatus.Obsolete, cancellationToken)
            is not { } email
        )
        {
            return NotFound();
        }

        (await limits.MailAsync(User.PersonId, email.ClientId, email.ToAddress, cancellationToken)).OrThrow();
        email.Requeue(clock.GetUtcNow());
        audit.Add(
            db,
            email.ClientId,
            AuditAction.MailResent,
            new Subject(email.Id, templates.TitleOf(email.Template)),
            AuditChange.Email(null, email.ToAddress)
        );
        await db.SaveChangesAsync(cancellationToken);
        this.Toast("Queued.");
        return RedirectToPage();
    }

    public sealed record Row(string Title, Email Mail);
}
