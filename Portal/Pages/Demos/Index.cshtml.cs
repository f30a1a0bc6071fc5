using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Demos;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Demos;

/// <summary>The list of demos, and the form for a new one.</summary>
public sealed class IndexModel(PortalDb db, DemoService desk, TimeProvider clock) : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    public IReadOnlyList<Row> Rows { get; private set; } = [];
    public IReadOnlyList<Choice> Widgets { get; private set; } = [];
    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;
    public DateTimeOffset Now { get; } = clock.GetUtcNow();

    public Task OnGetAsync(CancellationToken cancellationToken) => LoadAsync(cancellationToken);

    [SubmitOnce]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var like = await db.Widgets.SingleOrDefaultAsync(
            widget => widget.Id == Input.Widget && widget.IsDemo != true && widget.WebhookUrl != "",
            cancellationToken
        );
        if (like is null)
        {
            ModelState.AddModelError("Input.Widget", "Choose a widget.");
        }

        if (!ModelState.IsValid)
        {
            await LoadAsync(cancellationToken);
            return this.Invalid();
        }

        try
        {
            var link = await desk.MakeAsync(
                like!,
                Input.Prospect!.Trim(),
                Input.Days,
                Input.Messages,
                Input.Passcode,
                User.PersonId,
                User.DisplayName,
                cancellationToken
            );
            this.Toast("Demo created. Copy the link to share it.");
            return RedirectToPage("Link", new { id = link.Id });
        }
        catch (LimitExceededException exceeded)
        {
            await LoadAsync(cancellationToken);
            return this.TooMany(exceeded.Wait, "Input.Prospect");
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        Zone = await db.ZoneAsync(cancellationToken);
        Rows = await db
            .DemoLinks.AsNoTracking()
            .OrderByDescending(link => link.CreatedAt)
            .Join(
                db.Widgets,
                link => link.WidgetId,
                widget => widget.Id,
                (link, widget) =>
                    new Row(
                        link.Id,
                        link.Prospect,
                        widget.Config,
                        widget.ExpiresAt,
                        link.Messages,
                        link.MessageCap,
                        link.Views,
                        link.LastViewedAt,
                        link.RevokedAt != null,
                        widget.IsActive != false,
                        link.PasscodeHash != null
                    )
            )
            .ToListAsync(cancellationToken);
        Widgets = await db
            .Widgets.AsNoTracking()
            .Where(widget => widget.IsDemo != true && widget.WebhookUrl != "")
            .OrderBy(widget => widget.Name)
            .Select(widget => new Choice(widget.Id, widget.Name))
            .ToListAsync(cancellationToken);
    }

    public sealed record Choice(Guid Id, string Name);

    public sealed record Row(
        Guid Id,
        string Prospect,
        WidgetConfig Config,
        DateTimeOffset? ExpiresAt,
        int Messages,
        int MessageCap,
        int Views,
        DateTimeOffset? LastViewedAt,
        bool IsRevoked,
        bool IsOn,
        bool HasPasscode
    )
    {
        public (string Text, string Tone) State(DateTimeOffset now) =>
            DemoStates.Of(ExpiresAt, IsOn, IsRevoked, Messages >= MessageCap, now).Badge;
    }

    public sealed class Form
    {
        public Guid Widget { get; set; }

        [
            Name,
            Required(ErrorMessage = "Enter the prospect’s name."),
            StringLength(60, ErrorMessage = "Up to {1} characters.")
        ]
        public string? Prospect { get; set; }

        [Range(1, 90, ErrorMessage = "Enter {1} to {2} days.")]
        public int Days { get; set; } = 14;

        [Range(1, 10_000, ErrorMessage = "Enter {1} to 10,000 messages.")]
        public int Messages { get; set; } = 200;

        [StringLength(100, MinimumLength = 4, ErrorMessage = "Use {2}–{1} characters, or leave it empty.")]
        public string? Passcode { get; set; }
    }
}
