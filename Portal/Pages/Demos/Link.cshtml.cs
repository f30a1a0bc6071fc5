using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Demos;
using Portal.Infrastructure;
using Portal.Limits;
using Portal.Model;
using QRCoder;

namespace Portal.Pages.Demos;

/// <summary>One demo: its link to hand out, how it is doing, and everything that ends, lengthens or graduates it.</summary>
public sealed class LinkModel(PortalDb db, DemoDesk desk, AuditLog audit, WidgetAllowance allowance, TimeProvider clock) : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    public DemoLink Link { get; private set; } = null!;
    public Widget Widget { get; private set; } = null!;
    public string Address { get; private set; } = "";
    public string EditVersion { get; private set; } = "";
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public DateTimeOffset Now { get; } = clock.GetUtcNow();

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid id, CancellationToken abort)
    {
        if (!await LoadAsync(id, abort))
        {
            return NotFound();
        }

        Input = new() { Messages = Link.MessageCap };
        return Page();
    }

    public async Task<IActionResult> OnGetQrAsync([FromRoute] Guid id, CancellationToken abort)
    {
        if (!await LoadAsync(id, abort))
        {
            return NotFound();
        }

        using var data = QRCodeGenerator.GenerateQrCode(Address, QRCodeGenerator.ECCLevel.M);
        using var code = new SvgQRCode(data);
        return Content(code.GetGraphic(8, "#000000", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute), "image/svg+xml");
    }

    /// <summary>More days, more messages, another passcode.</summary>
    public async Task<IActionResult> OnPostAsync([FromRoute] Guid id, CancellationToken abort)
    {
        await using var edit = await db.BeginEditAsync(id, abort);
        if (!await LoadAsync(id, abort))
        {
            return NotFound();
        }

        if (!ModelState.IsValid || this.IsOutdated(Shown(), Typed()))
        {
            return this.Invalid();
        }

        var before = Widget.ExpiresAt;
        if (Input.Extend > 0)
        {
            // From today for one that is over, from its end for one that is not.
            Widget.ExpireAt(Extended());
        }

        Link.Raise(Input.Messages);
        if (Input.NoPasscode || !string.IsNullOrWhiteSpace(Input.Passcode))
        {
            DemoDesk.Ask(Link, Input.NoPasscode ? null : Input.Passcode);
        }

        audit.Add(db, Act.DemoChanged, Widget, Fact.Expires(before, Widget.ExpiresAt));
        await db.SaveChangesAsync(abort);
        await edit.CommitAsync(abort);
        this.Toast("Saved.");
        return RedirectToPage(new { id });
    }

    public Task<IActionResult> OnPostRevokeAsync([FromRoute] Guid id, CancellationToken abort) =>
        DoAsync(id, Act.DemoRevoked, () => Link.Revoke(Now), "The link is dead, and conversations behind it have ended.", abort);

    public Task<IActionResult> OnPostReopenAsync([FromRoute] Guid id, CancellationToken abort) =>
        DoAsync(id, Act.DemoReopened, () => Link.Reopen(), "The link works again.", abort);

    /// <summary>The demo becomes a widget like any other; its link goes.</summary>
    [SubmitOnce]
    public async Task<IActionResult> OnPostLiveAsync([FromRoute] Guid id, CancellationToken abort)
    {
        if (!await LoadAsync(id, abort))
        {
            return NotFound();
        }

        await using var transaction = await allowance.BeginAsync(abort);
        if (transaction is null)
        {
            ModelState.Clear();
            ModelState.AddModelError("", allowance.Sentence);
            Input = new() { Messages = Link.MessageCap };
            return this.Invalid();
        }

        Widget.GoLive();
        db.Remove(Link);
        audit.Add(db, Act.DemoWentLive, Widget);
        await db.SaveChangesAsync(abort);
        await transaction.CommitAsync(abort);
        this.Toast("It is a live widget now. Install it on the website.");
        return RedirectToPage("/Widgets/Install", new { id = Widget.Id });
    }

    private DateTimeOffset Extended() => (Widget.ExpiresAt > Now ? Widget.ExpiresAt.Value : Now).AddDays(Input.Extend);

    // As the form shows them.
    private EditField[] Shown() =>
    [
        new("Ends", Moment(Widget.ExpiresAt)), new("Messages in all", Link.MessageCap.ToString(CultureInfo.InvariantCulture)),
        new("Passcode", Link.PasscodeHash is null ? "none" : "the saved one", Link.PasscodeHash),
    ];

    private EditField[] Typed() =>
    [
        new("Ends", Moment(Input.Extend > 0 ? Extended() : Widget.ExpiresAt)), new("Messages in all", Input.Messages.ToString(CultureInfo.InvariantCulture)),
        new("Passcode", Input.NoPasscode ? "none" : string.IsNullOrWhiteSpace(Input.Passcode) ? Shown()[2].Value : "a new one"),
    ];

    private string? Moment(DateTimeOffset? at) =>
        at is { } moment ? TimeZoneInfo.ConvertTime(moment, Zone).ToString("MMMM d, yyyy, HH:mm", CultureInfo.GetCultureInfo("en-US")) : null;

    private async Task<IActionResult> DoAsync(Guid id, Act act, Action change, string words, CancellationToken abort)
    {
        if (!await LoadAsync(id, abort))
        {
            return NotFound();
        }

        change();
        audit.Add(db, act, Widget);
        await db.SaveChangesAsync(abort);
        this.Toast(words);
        return RedirectToPage(new { id });
    }

    private async Task<bool> LoadAsync(Guid id, CancellationToken abort)
    {
        if (await db.DemoLinks.SingleOrDefaultAsync(link => link.Id == id, abort) is not { } link
            || await db.Widgets.SingleOrDefaultAsync(widget => widget.Id == link.WidgetId, abort) is not { } widget)
        {
            return false;
        }

        (Link, Widget) = (link, widget);
        Zone = await db.ZoneAsync(abort);
        EditVersion = ConcurrentEdits.VersionOf(Shown());
        Address = desk.LinkTo(link).ToString();
        return true;
    }

    public sealed class Form
    {
        [Range(0, 90, ErrorMessage = "Between {1} and {2} days.")]
        public int Extend { get; set; }

        [Range(1, 10_000, ErrorMessage = "Between {1} and 10,000 messages.")]
        public int Messages { get; set; }

        [StringLength(100, MinimumLength = 4, ErrorMessage = "Between {2} and {1} characters.")]
        public string? Passcode { get; set; }

        public bool NoPasscode { get; set; }
    }
}
