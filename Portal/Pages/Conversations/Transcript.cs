using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Pages.Conversations;

/// <summary>One conversation as shown: messages, times and outcomes.</summary>
public sealed record Transcript(
    Guid Id,
    Guid WidgetId,
    string Widget,
    WidgetConfig Config,
    SessionKind Kind,
    string Origin,
    string? PageUrl,
    string? Locale,
    string VisitorId,
    string? FirstMessage,
    DateTimeOffset StartedAt,
    int MessageCount
)
{
    public const int MaxTurns = 500;

    public IReadOnlyList<Turn> Turns { get; private init; } = [];

    /// <summary>The name under which visitors know the bot.</summary>
    public string Bot => string.IsNullOrWhiteSpace(Config.Texts.Title) ? Widget : Config.Texts.Title;

    /// <summary>Four letters of the pseudonym, enough to tell visitors apart on a screen.</summary>
    public string Visitor => Shorten(VisitorId);

    public static string Shorten(string visitorId) =>
        visitorId.Replace("-", "", StringComparison.Ordinal) is { Length: >= 4 } id
            ? id[^4..].ToUpperInvariant()
            : visitorId.ToUpperInvariant();

    public string? Language
    {
        get
        {
            try
            {
                return Locale is { Length: > 0 }
                    ? CultureInfo.GetCultureInfo(Locale, predefinedOnly: true).EnglishName
                    : null;
            }
            catch (CultureNotFoundException)
            {
                return Locale;
            }
        }
    }

    public static async Task<Transcript?> FindAsync(PortalDb db, Guid id, CancellationToken cancellationToken)
    {
        var transcript = await db
            .VisitorSessions.Where(s => s.Id == id)
            .Join(
                db.Widgets,
                s => s.WidgetId,
                w => w.Id,
                (s, w) =>
                    new Transcript(
                        s.Id,
                        w.Id,
                        w.Name,
                        w.Config,
                        s.Kind,
                        s.Origin,
                        s.PageUrl,
                        s.Locale,
                        s.VisitorId,
                        s.FirstMessage,
                        s.CreatedAt,
                        s.MessageCount
                    )
            )
            .SingleOrDefaultAsync(cancellationToken);
        if (transcript is null)
        {
            return null;
        }

        var turns = await db
            .ChatLogs.Where(l => l.SessionId == id)
            .OrderBy(l => l.CreatedAt)
            .ThenBy(l => l.Id)
            .Take(MaxTurns)
            .Select(l => new Turn(
                l.Id,
                l.Message,
                l.Response,
                l.Status,
                l.Attempt,
                l.CreatedAt!.Value,
                l.AnsweredAt,
                l.LatencyMs,
                l.Confidence,
                l.Feedback,
                l.FeedbackComment,
                l.PageUrl,
                l.PageTitle,
                l.Sources,
                db.WebhookErrors.Where(e => e.ChatLogId == l.Id)
                    .OrderByDescending(e => e.OccurredAt)
                    .Select(e => new Fault(e.ErrorType, e.StatusCode, e.ErrorMessage))
                    .FirstOrDefault()
            ))
            .ToListAsync(cancellationToken);
        return transcript with { Turns = turns };
    }

    public sealed record Turn(
        Guid Id,
        string Message,
        string Response,
        ChatStatus Status,
        int Attempt,
        DateTimeOffset AskedAt,
        DateTimeOffset? AnsweredAt,
        int? LatencyMs,
        double? Confidence,
        string? Feedback,
        string? Comment,
        string? PageUrl,
        string? PageTitle,
        string? SourcesJson,
        Fault? Fault
    )
    {
        public IReadOnlyList<Source> Sources => Source.Parse(SourcesJson);

        public WebhookAdvice? Advice =>
            Fault is { } fault ? WebhookDiagnosis.Of(fault.Type, fault.Status, fault.Message) : null;
    }

    public sealed record Fault(string? Type, int? Status, string? Message);

    /// <summary>The source of an answer, as the workflow says. Only web addresses become links.</summary>
    public sealed record Source(string Title, string? Url)
    {
        public static IReadOnlyList<Source> Parse(string? json)
        {
            if (json is null)
            {
                return [];
            }

            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind != JsonValueKind.Array
                ? []
                :
                [
                    .. document
                        .RootElement.EnumerateArray()
                        .Where(item => item.ValueKind == JsonValueKind.Object)
                        .Select(item => new Source(
                            Text(item, "title") ?? Text(item, "url") ?? "",
                            Web(Text(item, "url"))
                        ))
                        .Where(source => source.Title.Length > 0),
                ];
        }

        private static string? Text(JsonElement item, string name) =>
            item.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text
                ? text
                : null;

        private static string? Web(string? url) =>
            Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" ? url : null;
    }
}
