using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Chat;
using Portal.Hosting;
using Portal.Limits;
using Portal.Model;
using Portal.Secrets;
using Portal.Web;

namespace Portal.Demos;

/// <summary>Creates demos: a widget that calls the same workflow as another one, and the link to it.</summary>
public sealed class DemoService(
    PortalDb db,
    Tenant tenant,
    WidgetSecrets secrets,
    SecretProtector box,
    PortalOptions portal,
    AuditLog audit,
    ActionLimits limits,
    TimeProvider clock
)
{
    private static readonly PasswordHasher<DemoLink> s_hasher = new();

    /// <param name="like">Its look, its texts and its connection are taken over.</param>
    /// <exception cref="LimitExceededException">When the client made so many in a day that this one has to
    /// wait.</exception>
    public async Task<DemoLink> MakeAsync(
        Widget like,
        string prospect,
        int days,
        int messageCap,
        string? passcode,
        Guid by,
        string byName,
        CancellationToken cancellationToken
    )
    {
        (await limits.DemoAsync(tenant.Id, cancellationToken)).OrThrow();
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7();

        // Serialized, because two demos for the same prospect would take the same free name.
        await using var transaction = await db.BeginEditAsync(tenant.Id, cancellationToken);
        var widget = like.DemoOf(
            id,
            await db.FreeNameAsync(NameFor(prospect), cancellationToken),
            secrets.Create(tenant.Id, id),
            Resealed(like, id),
            now.AddDays(days)
        );
        var token = DemoLink.NewToken();
        var link = new DemoLink(id, prospect, token, box.Seal(token.Text, Place(id)), messageCap, by, byName, now);
        Ask(link, passcode);
        db.AddRange(widget, new WidgetVersion(id, widget.Version, widget.Config, by, byName, note: null), link);
        audit.Add(db, AuditAction.DemoShared, widget, AuditChange.Expires(null, widget.ExpiresAt));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return link;
    }

    public Uri LinkTo(DemoLink link) => portal.Link($"/demo/{box.Open(link.Token, Place(link.WidgetId))}");

    /// <param name="passcode">Null or empty: none.</param>
    public static void Ask(DemoLink link, string? passcode) =>
        link.Ask(string.IsNullOrWhiteSpace(passcode) ? null : s_hasher.HashPassword(link, passcode.Trim()));

    public static bool Opens(DemoLink link, string? passcode) =>
        link.PasscodeHash is { } hash
        && passcode is { Length: > 0 and <= 100 }
        && s_hasher.VerifyHashedPassword(link, hash, passcode.Trim()) != PasswordVerificationResult.Failed;

    // Leaves room for a number, in case there is a demo with that name already.
    private static string NameFor(string prospect)
    {
        const string Ending = " – demo";
        var room = Widget.NameMaxLength - Ending.Length - 4;
        return (prospect.Length <= room ? prospect : $"{VisitorText.Cut(prospect, room - 1).TrimEnd()}…") + Ending;
    }

    private string? Resealed(Widget like, Guid id) =>
        like.WebhookAuthSecret is { } secret
            ? secrets.SealAuthSecret(secrets.OpenAuthSecret(secret, like.ClientId, like.Id), tenant.Id, id)
            : null;

    private SecretContext Place(Guid widget) => new("demo_links", "token", tenant.Id, widget);
}

internal static class FreeNames
{
    extension(PortalDb db)
    {
        /// <summary>That name for a widget, with a number if there is one with that name already.</summary>
        public async Task<string> FreeNameAsync(string name, CancellationToken cancellationToken)
        {
            var taken = await db
                .Widgets.Where(widget => widget.Name.StartsWith(name))
                .Select(widget => widget.Name)
                .ToListAsync(cancellationToken);
            return Enumerable
                .Range(1, taken.Count + 1)
                .Select(number => number == 1 ? name : $"{name} {number}")
                .First(free => !taken.Contains(free));
        }
    }
}
