using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Model;

namespace Portal.Chat;

/// <summary>Settings of previews.</summary>
public sealed class PreviewOptions
{
    /// <summary>
    /// The webhook of the sample bot, which answers while no workflow is connected; null without a sample bot.
    /// </summary>
    public string? SampleBotUrl { get; set; }
}

/// <summary>
/// A widget as its editor sees it before it is published: with its draft, and also while it is turned off.
/// </summary>
public sealed class Previews(
    PreviewTickets tickets,
    WidgetDirectory widgets,
    TenantScope reader,
    IDbContextFactory<AccountsDb> accounts,
    IOptions<PreviewOptions> options
)
{
    /// <summary>
    /// Null when the ticket is not for this widget, its holder may no longer see it, or its client is suspended.
    /// </summary>
    public async Task<LiveWidget?> OpenAsync(string ticket, Guid id, CancellationToken cancellationToken)
    {
        if (
            tickets.Read(ticket) is not { } shown
            || shown.Widget != id
            || await widgets.FindAsync(id, cancellationToken) is not { } live
            || !await MaySeeAsync(shown.Session, live.ClientId, cancellationToken)
            || await reader.ReadAsync(live.ClientId, db => FindAsync(db, shown, cancellationToken)) is not { } found
        )
        {
            return null;
        }

        var config = found.Config;
        var look =
            config.Look.Theme == "auto" && shown.Theme is { } theme ? config.Look with { Theme = theme } : config.Look;
        return live with
        {
            Name = found.Name,
            Version = found.Version,
            // The portal's page opens it, whatever the portal's address is.
            Config = config with
            {
                Look = look,
                Behavior = config.Behavior with { OpenAfter = null },
            },
            Target =
                (shown.SampleBot || live.Target.Url.Length == 0) && options.Value.SampleBotUrl is { } sample
                    ? live.Target with
                    {
                        Url = sample,
                        Auth = WebhookAuth.None,
                        AuthName = null,
                        AuthSecret = null,
                        AnswerPath = null,
                        AnswersLater = false,
                    }
                    : live.Target,
            IsOn = true,
            IsPreview = true,
        };
    }

    // A signed-in person of the client, or an admin who views as the client.
    private async Task<bool> MaySeeAsync(Guid session, Guid client, CancellationToken cancellationToken)
    {
        await using var db = await accounts.CreateDbContextAsync(cancellationToken);
        return await db.Sessions.AnyAsync(
            s =>
                s.Id == session
                && s.EndedAt == null
                && s.ExpiresAt > DateTimeOffset.UtcNow
                && db.Users.Any(user =>
                    user.Id == s.UserId
                    && user.SecurityStamp == s.SecurityStamp
                    && user.DisabledAt == null
                    && (
                        user.ClientId == client
                        || (
                            user.Role == UserRole.Admin
                            && s.ViewingClientId == client
                            && s.ViewingUntil > DateTimeOffset.UtcNow
                        )
                    )
                ),
            cancellationToken
        );
    }

    private static async Task<Found?> FindAsync(PortalDb db, PreviewTicket shown, CancellationToken cancellationToken)
    {
        var row = await db
            .Widgets.Where(w =>
                w.Id == shown.Widget && db.Clients.Any(c => c.Id == w.ClientId && c.SuspendedAt == null)
            )
            .Select(w => new
            {
                w.Name,
                w.Version,
                w.Config,
                w.Draft,
            })
            .SingleOrDefaultAsync(cancellationToken);
        var config =
            row is null || shown.Version is null
                ? row?.Draft ?? row?.Config
                : await db
                    .WidgetVersions.Where(v => v.WidgetId == shown.Widget && v.Version == shown.Version)
                    .Select(v => v.Config)
                    .SingleOrDefaultAsync(cancellationToken);
        return config is null ? null : new(row!.Name, row.Version, config);
    }

    private sealed record Found(string Name, int Version, WidgetConfig Config);
}
