using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;

namespace Portal.Pages.Account;

/// <summary>
/// What the portal stores about the signed-in person, as JSON: the account, its sign-in methods, and its activity. No password, no key.
/// </summary>
public sealed class ExportModel(
    AccountsDb db,
    UserManager<User> users,
    AuditLog audit,
    ActionLimits limits,
    TimeProvider clock
) : PageModel
{
    private static readonly JsonSerializerOptions s_format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (await users.GetUserAsync(User) is not { } me)
        {
            return NotFound();
        }

        await limits.ExportAsync(User, cancellationToken);
        audit.Add(db, me.ClientId, AuditAction.DataExported, me);
        await db.SaveChangesAsync(cancellationToken);
        var mine = new
        {
            ExportedAt = clock.GetUtcNow(),
            Account = new
            {
                me.Id,
                Name = me.DisplayName,
                me.Email,
                me.EmailConfirmed,
                Role = me.Role.ToString(),
                me.CreatedAt,
                me.LastSignInAt,
            },
            Client = await db
                .Clients.Where(client => client.Id == me.ClientId)
                .Select(client => client.Name)
                .SingleOrDefaultAsync(cancellationToken),
            SignIn = new
            {
                HasPassword = me.PasswordHash is not null,
                TwoFactor = me.TwoFactorEnabled,
                Passkeys = (await users.GetPasskeysAsync(me)).Select(passkey => new
                {
                    passkey.Name,
                    passkey.CreatedAt,
                }),
            },
            Sessions = await db
                .Sessions.AsNoTracking()
                .Where(session => session.UserId == me.Id)
                .OrderBy(session => session.CreatedAt)
                .Select(session => new
                {
                    session.CreatedAt,
                    session.LastSeenAt,
                    session.EndedAt,
                    Address = session.Address == null ? null : session.Address.ToString(),
                    session.Browser,
                })
                .ToListAsync(cancellationToken),
            Done = await db
                .ChangeLogs.AsNoTracking()
                .Where(log => log.ActorId == me.Id)
                .OrderBy(log => log.OccurredAt)
                .ThenBy(log => log.Id)
                .Select(log => new
                {
                    At = log.OccurredAt,
                    log.Action,
                    What = log.SubjectName,
                    Address = log.Address == null ? null : log.Address.ToString(),
                    log.Browser,
                })
                .ToListAsync(cancellationToken),
        };
        return File(
            JsonSerializer.SerializeToUtf8Bytes(mine, s_format),
            "application/json",
            $"my-data-{clock.GetUtcNow():yyyy-MM-dd}.json"
        );
    }
}
