using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Demos;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.PublicDemo;

/// <summary>
/// The page behind a demo's link: a page that looks like the prospect's own, with the bot in its corner; or the reason
/// why the demo is not available.
/// </summary>
[AllowAnonymous]
public sealed class IndexModel(PortalDb db, Tenant tenant, DemoToken ticket, ActionLimits limits, TimeProvider clock)
    : PageModel
{
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(2);

    public enum Standing
    {
        Open,
        Passcode,
        UsedUp,
        Revoked,
        Expired,

        /// <summary>It has become a live widget.</summary>
        Live,
        Unknown,
    }

    public Standing State { get; private set; } = Standing.Unknown;

    /// <summary>The prospect's name.</summary>
    public string Prospect { get; private set; } = "";

    /// <summary>The website on which the widget is live.</summary>
    public string? Website { get; private set; }

    public DemoLink Link { get; private set; } = null!;
    public Widget Widget { get; private set; } = null!;

    /// <summary>The name of the demo's client.</summary>
    public string Agency { get; private set; } = "";

    public string? Contact { get; private set; }

    public string? Refusal { get; private set; }

    public int DaysLeft { get; private set; }

    public async Task<IActionResult> OnGetAsync(string token, CancellationToken cancellationToken)
    {
        await FindAsync(token, cancellationToken);
        if (State == Standing.Open)
        {
            ticket.Give(Response, Link.WidgetId, Link.Id, Link.PasscodeHash);
        }

        return Shown();
    }

    /// <summary>
    /// The page's script reports a view, so programs that only fetch the page, such as link previews, do not count.
    /// Each browser counts once per day; people who are signed in to the client's portal, or admins, do not count.
    /// </summary>
    public async Task<IActionResult> OnPostViewAsync(string token, CancellationToken cancellationToken)
    {
        await FindAsync(token, cancellationToken);
        if (
            State == Standing.Open
            && !IsOwn
            && ticket.IsGood(Request, Link.WidgetId, Link.Id, Link.PasscodeHash)
            && ticket.IsFirstToday(HttpContext, Link.WidgetId)
        )
        {
            var now = clock.GetUtcNow();
            await db
                .DemoLinks.Where(link => link.Id == Link.Id)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(link => link.Views, link => link.Views + 1)
                            .SetProperty(link => link.LastViewedAt, now),
                    cancellationToken
                );
        }

        return State == Standing.Unknown ? NotFound() : new NoContentResult();
    }

    private bool IsOwn => User.ClientId == Link.ClientId || User.IsAdmin;

    public async Task<IActionResult> OnPostAsync(string token, string? passcode, CancellationToken cancellationToken)
    {
        await FindAsync(token, cancellationToken);
        if (State != Standing.Passcode)
        {
            return Shown();
        }

        // An attempt is counted before it is checked, so concurrent attempts all count. Attempts of others lock nobody
        // out; they only slow responses down.
        var tries = await limits.PasscodeAsync(Link.Id, HttpContext, cancellationToken);
        if (tries.Wait is { } wait)
        {
            Refusal = $"Too many attempts. Try again in {RetryAfterResult.Words(Response.RetryAfter(wait))}.";
            return Shown(StatusCodes.Status429TooManyRequests);
        }

        if (await limits.IsSlowAsync(Link.Id, cancellationToken))
        {
            await Task.Delay(s_slow, clock, cancellationToken);
        }

        if (!DemoService.Opens(Link, passcode))
        {
            Refusal = "Incorrect passcode.";
            return Shown(StatusCodes.Status422UnprocessableEntity);
        }

        await tries.GiveBackAsync();
        ticket.Give(Response, Link.WidgetId, Link.Id, Link.PasscodeHash);
        return RedirectToPage(new { token });
    }

    private PageResult Shown(int? status = null)
    {
        Response.KeepAddressSecret();
        Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        Response.StatusCode = status
            ?? State switch
            {
                Standing.Open or Standing.Passcode or Standing.Live => StatusCodes.Status200OK,
                Standing.Unknown => StatusCodes.Status404NotFound,
                _ => StatusCodes.Status410Gone,
            };
        return Page();
    }

    private async Task FindAsync(string token, CancellationToken cancellationToken)
    {
        if (
            DemoLink.HashOf(token) is not { } hash
            || (
                await db
                    .Database.SqlQuery<Guid?>($"""SELECT client_of_demo({hash}) AS "Value" """)
                    .ToListAsync(cancellationToken)
            ).Single()
                is not { } client
        )
        {
            return;
        }

        tenant.Enter(client);
        var maker = await db.Clients.AsNoTracking().SingleAsync(cancellationToken);
        (Agency, Contact) = (maker.Business, maker.ContactEmail);
        if (
            await db
                .DemosGoneLive.AsNoTracking()
                .SingleOrDefaultAsync(demo => demo.TokenHash == hash, cancellationToken) is
            { } live
        )
        {
            (State, Prospect, Website) = (Standing.Live, live.Prospect, live.Website);
            return;
        }

        // A demo that is being deleted is not found.
        if (
            await db.DemoLinks.AsNoTracking().SingleOrDefaultAsync(link => link.TokenHash == hash, cancellationToken)
                is not { } found
            || await db
                .Widgets.AsNoTracking()
                .SingleOrDefaultAsync(widget => widget.Id == found.WidgetId, cancellationToken)
                is not { } bot
        )
        {
            return;
        }

        (Link, Widget, Prospect) = (found, bot, found.Prospect);
        var left = (Widget.ExpiresAt ?? DateTimeOffset.MaxValue) - clock.GetUtcNow();
        DaysLeft = (int)Math.Ceiling(Math.Max(0, left.TotalDays));
        State = this switch
        {
            _ when left <= TimeSpan.Zero => Standing.Expired,
            _ when found.RevokedAt is not null || Widget.IsActive == false || maker.SuspendedAt is not null =>
                Standing.Revoked,
            _ when found.PasscodeHash is not null
                    && !ticket.IsGood(Request, found.WidgetId, found.Id, found.PasscodeHash) => Standing.Passcode,
            _ when found.IsUsedUp => Standing.UsedUp,
            _ => Standing.Open,
        };
    }
}
