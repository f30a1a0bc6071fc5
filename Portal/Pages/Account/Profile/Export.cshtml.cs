using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Limits;
using Portal.Model;

namespace Portal.Pages.Account.Profile;

/// <summary>
/// What the portal keeps of the person who asks, as JSON: the account, how it signs in, and what it did. No password,
/// no key.
/// </summary>
public sealed class ExportModel(
    AccountsDb db,
    CurrentClient current,
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
            Client = me.ClientId is null ? null : (await current.FindAsync(cancellationToken))?.Name,
            SignIn = await SignInAsync(me),
            Sessions = await SessionsAsync(me, cancellationToken),
            Done = await ActionsAsync(me, cancellationToken),
        };
        return File(
            JsonSerializer.SerializeToUtf8Bytes(mine, s_format),
            "application/json",
            $"my-data-{clock.GetUtcNow():yyyy-MM-dd}.json"
        );
    }

    private async Task<object> SignInAsync(User me) =>
        new
        {
            HasPassword = me.PasswordHash is not null,
            TwoFactor = me.TwoFactorEnabled,
            Passkeys = (await users.GetPasskeysAsync(me)).Select(passkey => new { passkey.Name, passkey.CreatedAt }),
        };

    private async Task<object> SessionsAsync(User me, CancellationToken cancellationToken) =>
        await db
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
            .ToListAsync(cancellationToken);

    private async Task<object> ActionsAsync(User me, CancellationToken cancellationToken) =>
        await db
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
            .ToListAsync(cancellationToken);
}
