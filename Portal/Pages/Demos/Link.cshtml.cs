using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Audit;
using Portal.Demos;
using Portal.Limits;
using Portal.Model;
using Portal.Pages.Admin.Clients;
using Portal.Web;
using QRCoder;

namespace Portal.Pages.Demos;

/// <summary>One demo: its link, status and usage, and how to extend, revoke or convert it.</summary>
public sealed class LinkModel(
    PortalDb db,
    CurrentClient current,
    OtherClients others,
    DemoService desk,
    DemoConversion conversion,
    ClientService newClients,
    InvitationService invitations,
    AuditLog audit,
    WidgetAllowance allowance,
    TimeProvider clock
) : PageModel
{
    public Form Input { get; private set; } = new();
    public LiveForm Live { get; private set; } = new();

    /// <summary>That an admin may convert the demo for.</summary>
    public IReadOnlyList<OtherClient> Clients { get; private set; } = [];

    /// <summary>Whether a new client's owner gets the invitation by email.</summary>
    public bool CanMail => invitations.CanMail;

    public DemoLink Link { get; private set; } = null!;
    public Widget Widget { get; private set; } = null!;
    public string Address { get; private set; } = "";
    public string EditVersion { get; private set; } = "";
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public DateTimeOffset Now { get; } = clock.GetUtcNow();

    public async Task<IActionResult> OnGetAsync([FromRoute] Guid id, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        Input = new() { Messages = Link.MessageCap };
        Clients = await others.ForAsync(User, cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnGetQrAsync([FromRoute] Guid id, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        using var data = QRCodeGenerator.GenerateQrCode(Address, QRCodeGenerator.ECCLevel.M);
        using var code = new SvgQRCode(data);
        return Content(
            code.GetGraphic(8, "#000000", "#ffffff", drawQuietZones: true, SvgQRCode.SizingMode.ViewBoxAttribute),
            "image/svg+xml"
        );
    }

    /// <summary>Extends the demo, changes its message limit or its passcode.</summary>
    public async Task<IActionResult> OnPostAsync(
        [FromRoute] Guid id,
        [Bind(Prefix = "Input")] Form input,
        CancellationToken cancellationToken
    )
    {
        Input = input;
        Clients = await others.ForAsync(User, cancellationToken);
        await using var edit = await db.BeginEditAsync(id, cancellationToken);
        if (!await LoadAsync(id, cancellationToken))
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
            // From today for an expired demo, otherwise from its expiry.
            Widget.ExpireAt(Extended());
        }

        Link.Raise(Input.Messages);
        if (Input.NoPasscode || !string.IsNullOrWhiteSpace(Input.Passcode))
        {
            DemoService.Ask(Link, Input.NoPasscode ? null : Input.Passcode);
        }

        audit.Add(db, AuditAction.DemoChanged, Widget, AuditChange.Expires(before, Widget.ExpiresAt));
        await db.SaveChangesAsync(cancellationToken);
        await edit.CommitAsync(cancellationToken);
        this.Toast("Saved.");
        return RedirectToPage(new { id });
    }

    public Task<IActionResult> OnPostRevokeAsync([FromRoute] Guid id, CancellationToken cancellationToken) =>
        DoAsync(
            id,
            AuditAction.DemoRevoked,
            () => Link.Revoke(Now),
            "Demo revoked. Its open conversations have ended.",
            cancellationToken
        );

    public Task<IActionResult> OnPostReopenAsync([FromRoute] Guid id, CancellationToken cancellationToken) =>
        DoAsync(id, AuditAction.DemoReopened, () => Link.Reopen(), "Demo reactivated.", cancellationToken);

    /// <summary>
    /// Converts the demo into a live widget of its own client or, if an admin chooses so, of another one.
    /// </summary>
    [SubmitOnce]
    public async Task<IActionResult> OnPostLiveAsync(
        [FromRoute] Guid id,
        [Bind(Prefix = "Live")] LiveForm live,
        CancellationToken cancellationToken
    )
    {
        var isOurs = live.For == LiveFor.This;
        if (!isOurs && !User.IsAdmin)
        {
            return Forbid();
        }

        if (!User.IsAdmin && live.Client is { } named && named != User.ClientId)
        {
            return NotFound();
        }

        Live = live;
        Clients = await others.ForAsync(User, cancellationToken);
        var hasOwner =
            live.For == LiveFor.New && live.OwnerEmail is { } email && await invitations.IsTakenAsync(email.Trim());

        // One conversion at a time: a second request finds no demo anymore.
        await using var transaction = isOurs
            ? await allowance.BeginAsync(cancellationToken)
            : await db.Database.BeginTransactionAsync(cancellationToken);
        if (transaction is not null)
        {
            await db.LockEditAsync(id, cancellationToken);
        }

        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        Input = new() { Messages = Link.MessageCap };
        live.Check(ModelState, Clients);
        Refuse("Live.Website", transaction is null ? allowance.Sentence : null);
        Refuse("Live.OwnerEmail", hasOwner ? "This email already has an account." : null);
        if (live.Origin(ModelState) is not { } website || !ModelState.IsValid)
        {
            return this.Invalid();
        }

        try
        {
            var result = isOurs ? Keep(website) : await CopyAsync(website, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
            await transaction!.CommitAsync(cancellationToken);
            return result;
        }
        catch (LimitExceededException exceeded)
        {
            return this.TooMany(exceeded.Wait, "Live.OwnerEmail");
        }
    }

    private RedirectToPageResult Keep(string website)
    {
        conversion.Keep(Link, Widget, website, User.PersonId, User.DisplayName);
        this.Toast("Converted. Install it on the website.");
        return RedirectToPage("/Widgets/Install/Index", new { id = Widget.Id });
    }

    private async Task<RedirectToPageResult> CopyAsync(string website, CancellationToken cancellationToken)
    {
        var client = Live.For == LiveFor.New ? await NewClientAsync(cancellationToken) : Live.Client!.Value;
        await conversion.CopyAsync(Link, Widget, website, client, User.PersonId, User.DisplayName, cancellationToken);
        this.Toast("Converted. The widget now belongs to this client.");
        return RedirectToPage("/Admin/Clients/Client", new { id = client });
    }

    private async Task<Guid> NewClientAsync(CancellationToken cancellationToken)
    {
        var client = new Client(Live.ClientName!.Trim()) { ContactEmail = Live.OwnerEmail!.Trim() };
        client.MoveTo(Zone);
        var (invitation, link) = await newClients.CreateAsync(
            client,
            Live.OwnerName!.Trim(),
            Live.OwnerEmail.Trim(),
            User.PersonId,
            User.DisplayName,
            cancellationToken
        );
        if (link is not null)
        {
            this.ShowOnce(new ClientModel.Handover(invitation.DisplayName, invitation.Email, link.ToString()));
        }

        return client.Id;
    }

    private void Refuse(string field, string? sentence)
    {
        if (sentence is not null)
        {
            ModelState.AddModelError(field, sentence);
        }
    }

    private DateTimeOffset Extended() => (Widget.ExpiresAt > Now ? Widget.ExpiresAt.Value : Now).AddDays(Input.Extend);

    // As the form shows them.
    private EditField[] Shown() =>
        [
            new("Expires", Moment(Widget.ExpiresAt)),
            new("Message limit", Link.MessageCap.ToString(CultureInfo.InvariantCulture)),
            new("Passcode", Link.PasscodeHash is null ? "none" : "current", Link.PasscodeHash),
        ];

    private EditField[] Typed() =>
        [
            new("Expires", Moment(Input.Extend > 0 ? Extended() : Widget.ExpiresAt)),
            new("Message limit", Input.Messages.ToString(CultureInfo.InvariantCulture)),
            new(
                "Passcode",
                Input.NoPasscode ? "none"
                    : string.IsNullOrWhiteSpace(Input.Passcode) ? Shown()[2].Value
                    : "new"
            ),
        ];

    private string? Moment(DateTimeOffset? at) =>
        at is { } moment
            ? TimeZoneInfo
                .ConvertTime(moment, Zone)
                .ToString("MMMM d, yyyy, HH:mm", CultureInfo.GetCultureInfo("en-US"))
            : null;

    private async Task<IActionResult> DoAsync(
        Guid id,
        AuditAction act,
        Action change,
        string words,
        CancellationToken cancellationToken
    )
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        change();
        audit.Add(db, act, Widget);
        await db.SaveChangesAsync(cancellationToken);
        this.Toast(words);
        return RedirectToPage(new { id });
    }

    private async Task<bool> LoadAsync(Guid id, CancellationToken cancellationToken)
    {
        if (
            await db.DemoLinks.SingleOrDefaultAsync(link => link.Id == id, cancellationToken) is not { } link
            || await db.Widgets.SingleOrDefaultAsync(widget => widget.Id == link.WidgetId, cancellationToken)
                is not { } widget
        )
        {
            return false;
        }

        (Link, Widget) = (link, widget);
        Zone = await current.ZoneAsync(cancellationToken);
        EditVersion = ConcurrentEdits.VersionOf(Shown());
        Address = desk.LinkTo(link).ToString();
        return true;
    }

    public sealed class Form
    {
        [Range(0, 90, ErrorMessage = "Enter {1} to {2} days.")]
        public int Extend { get; set; }

        [Range(1, 10_000, ErrorMessage = "Enter {1} to 10,000 messages.")]
        public int Messages { get; set; }

        [StringLength(100, MinimumLength = 4, ErrorMessage = "Use {2}–{1} characters.")]
        public string? Passcode { get; set; }

        public bool NoPasscode { get; set; }
    }
}
