using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.Sessions;

/// <summary>Where one is signed in, and the way to end that from afar.</summary>
public sealed class IndexModel(
    UserManager<User> users,
    SignInManager<User> signIn,
    SessionStore sessions,
    AccountsDb db,
    CurrentClient current,
    AuditLog audit
) : PageModel
{
    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public bool HasOthers => Rows.Any(row => !row.IsThis);

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var (here, me) = (User.SessionId, await MeAsync());
        Zone = me.ClientId is null ? TimeZoneInfo.Utc : await current.ZoneAsync(cancellationToken);
        Rows =
        [
            .. (
                await sessions
                    .Of(me)
                    .AsNoTracking()
                    .OrderByDescending(session => session.LastSeenAt)
                    .ToListAsync(cancellationToken)
            )
                .Select(session => new Row(
                    session.Id,
                    KnownDeviceCookie.NameOf(session.Browser),
                    KnownDeviceCookie.IsPhone(session.Browser),
                    KnownDeviceCookie.AddressOf(session.Address),
                    session.CreatedAt,
                    session.LastSeenAt,
                    session.Id == here
                ))
                .OrderBy(row => row.IsThis ? 0 : 1),
        ];
    }

    public async Task<IActionResult> OnPostEndAsync(Guid session, CancellationToken cancellationToken)
    {
        var (here, me) = (User.SessionId, await MeAsync());
        if (await sessions.EndAsync(sessions.Of(me).Where(one => one.Id == session)) == 0)
        {
            return NotFound();
        }

        audit.Add(db, me.ClientId, AuditAction.SessionEnded, me);
        await db.SaveChangesAsync(cancellationToken);
        if (session == here)
        {
            await signIn.SignOutAsync();
            return LocalRedirect(AccessPolicies.SignInPath);
        }

        this.Toast("Signed out of that session.");
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostOthersAsync(CancellationToken cancellationToken)
    {
        var (here, me) = (User.SessionId, await MeAsync());
        var ended = await sessions.EndAsync(sessions.Of(me).Where(session => session.Id != here));
        if (ended > 0)
        {
            audit.Add(db, me.ClientId, AuditAction.SessionEnded, me, AuditChange.Count(ended));
            await db.SaveChangesAsync(cancellationToken);
        }

        this.Toast(
            ended switch
            {
                0 => "There are no other sessions.",
                1 => "Signed out of 1 other session.",
                _ => $"Signed out of {ended} other sessions.",
            }
        );
        return RedirectToPage();
    }

    private async Task<User> MeAsync() =>
        await users.GetUserAsync(User) ?? throw new InvalidOperationException("The signed-in person no longer exists.");

    public sealed record Row(
        Guid Id,
        string Device,
        bool IsPhone,
        string? Address,
        DateTimeOffset Since,
        DateTimeOffset LastSeen,
        bool IsThis
    );
}
