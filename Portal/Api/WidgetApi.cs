using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Data;
using Portal.Demos;
using Portal.Model;
using Portal.Web;
using Portal.Webhooks;

namespace Portal.Api;

/// <summary>The API for widgets. Callers are anonymous: a widget's id names a client and proves nothing.</summary>
public static class WidgetApi
{
    private const string AnyWebsite = "AnyWebsite";
    internal const string JsonType = "application/json; charset=utf-8";

    /// <summary>
    /// Every website may read our responses, because otherwise a widget could not tell its owner that the website is
    /// not allowed. <see cref="WidgetRequest"/> decides what a website may do. Any request header is allowed: some
    /// pages wrap <c>fetch</c> and add one to every call.
    /// </summary>
    public static IServiceCollection AddWidgetApi(this IServiceCollection services) =>
        services
            .AddVisitorAuthentication()
            .AddCors(cors =>
                cors.AddPolicy(AnyWebsite, any =>
                    any.AllowAnyOrigin()
                        .WithMethods("GET", "POST", "PUT", "DELETE")
                        .AllowAnyHeader()
                        .WithExposedHeaders("ETag", "Retry-After")
                        .SetPreflightMaxAge(TimeSpan.FromHours(2))
                )
            );

    private static IServiceCollection AddVisitorAuthentication(this IServiceCollection services)
    {
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, VisitorAuthentication>(
            VisitorAuthentication.SchemeName,
            null
        );

        // A visitor's expired token is an everyday event, and the base class tells of each at Information.
        services.AddLogging(logging => logging.AddFilter(typeof(VisitorAuthentication).FullName, LogLevel.Warning));
        return services.AddScoped<WidgetRequest>().AddSingleton<WidgetGuesses>();
    }

    public static void MapWidgetApi(this IEndpointRouteBuilder routes)
    {
        Map(routes.MapGroup("/api/widgets/{id:guid}").WithTags("Widget"));

        // The same endpoints for people who edit the widget; the ticket in the address shows them their draft.
        Map(routes.MapGroup("/api/preview/{ticket}/api/widgets/{id:guid}").ExcludeFromDescription());
    }

    private static void Map(RouteGroupBuilder widget)
    {
        widget
            .DisableAntiforgery()
            .RequireCors(AnyWebsite)
            .WithMetadata(new NamesItsClient())
            .AddEndpointFilter(UnavailableAsync);
        MapOpen(widget.MapGroup("").AllowAnonymous().AddEndpointFilter(WidgetGuesses.LimitAsync));
        MapConversation(
            widget
                .MapGroup("")
                .RequireAuthorization(VisitorAuthentication.Policy)
                .WithMetadata(new ConversationCall())
                .AddEndpointFilter(WidgetRequest.NameInLogsAsync)
        );
    }

    private static void MapOpen(RouteGroupBuilder open)
    {
        open.MapLook();
        open.MapPost("/sessions", OpenAsync)
            .AddEndpointFilter(WidgetRequest.EnterAsync)
            .AddEndpointFilter(WidgetRequest.LimitAsync(static (limits, caller) => limits.Session(caller)));
    }

    private static void MapConversation(RouteGroupBuilder conversation)
    {
        conversation.MapDelete("/session", ForgetAsync).AddEndpointFilter(WidgetRequest.LimitCalls);
        conversation.MapMessages();
        conversation
            .MapGet("/messages", HistoryAsync)
            .AddEndpointFilter(WidgetRequest.LimitCalls)
            .AddEndpointFilter(RequireStandingAsync);
        conversation
            .MapPut("/messages/{messageId:guid}/feedback", RateAsync)
            .AddEndpointFilter(WidgetRequest.LimitCalls)
            .AddEndpointFilter(RequireStandingAsync);
    }

    /// <summary>
    /// Endpoint filter, behind the limits because it asks the database: the token must be the conversation's latest,
    /// and that not be over.
    /// </summary>
    internal static async ValueTask<object?> RequireStandingAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        var request = http.RequestServices.GetRequiredService<WidgetRequest>();
        var db = http.RequestServices.GetRequiredService<PortalDb>();
        return await db.VisitorSessions.StandingFor(request.Token).AnyAsync(http.RequestAborted)
            ? await next(context)
            : Problems.SessionExpired;
    }

    public sealed record Page(string? Url, string? Title)
    {
        /// <summary>Any other fields that the page set with <c>setPage</c>.</summary>
        [JsonExtensionData]
        public Dictionary<string, JsonElement>? Other { get; init; }
    }

    public sealed record OpenBody(string? VisitorId, string? Token, Page? Page, string? Locale);

    public sealed record RateBody(string? Value, string? Comment);

    private static async Task<IResult> OpenAsync(
        WidgetRequest request,
        HttpContext http,
        SessionService desk,
        DemoAccess demos,
        CancellationToken cancellationToken
    )
    {
        var (body, fault) = await WidgetRequest.ReadAsync<OpenBody>(http, cancellationToken);
        if (body is null)
        {
            return Problems.InvalidRequest(fault!);
        }

        if (await demos.EnterAsync(request.Widget, http, cancellationToken) is var entry and not DemoAccess.Entry.Open)
        {
            return entry == DemoAccess.Entry.UsedUp ? Problems.DemoUsedUp : Problems.DemoClosed;
        }

        var isTheirs = DemoAccess.IsTheirs(request.Widget, http);
        if (!isTheirs && !request.IsAllowedForStrangers)
        {
            return Problems.OriginNotAllowed;
        }

        var visit = new Visit(
            Guid.TryParse(body.VisitorId, out var visitor) ? visitor : null,
            request.Origin,
            VisitorText.Locale(body.Locale),
            // A demo's address works like a key, so it is not stored.
            request.Widget.Demo
                is null
                ? VisitorText.PageUrl(body.Page?.Url, request.Widget.Config.Security.PageQuery)
                : null,
            isTheirs
        );
        return TypedResults.Json(
            await desk.OpenAsync(request.Widget, visit, request.Genuine(body.Token), cancellationToken),
            WidgetRequest.Json
        );
    }

    private static async Task<IResult> HistoryAsync(
        WidgetRequest request,
        HttpContext http,
        PortalDb db,
        CancellationToken cancellationToken
    )
    {
        // The newest messages, oldest first: visitors scroll up through a conversation, not through a year.
        var logs = await db
            .ChatLogs.Where(log => log.SessionId == request.Token.SessionId && log.WidgetId == request.Widget.Id)
            .OrderByDescending(log => log.CreatedAt)
            .Take(200)
            .ToListAsync(cancellationToken);
        return http.Compressed(
            JsonSerializer.SerializeToUtf8Bytes(
                new { Messages = logs.AsEnumerable().Reverse().Select(Said.Of) },
                WidgetRequest.Json
            ),
            JsonType
        );
    }

    public sealed record Said(
        Guid Id,
        Guid? ClientMessageId,
        string Message,
        string Response,
        ChatStatus Status,
        double? Confidence,
        string? Feedback,
        string? FeedbackComment,
        IReadOnlyList<string> Suggestions,
        IReadOnlyList<AnswerSource> Sources,
        string Author,
        DateTimeOffset? CreatedAt,
        DateTimeOffset? AnsweredAt
    )
    {
        public static Said Of(ChatLog log)
        {
            var reply = Reply.Of(log);
            return new(
                log.Id,
                log.ClientMessageId,
                log.Message,
                reply.Response,
                log.Status,
                log.Confidence,
                log.Feedback,
                log.FeedbackComment,
                reply.Suggestions,
                reply.Sources,
                reply.Author,
                log.CreatedAt,
                log.AnsweredAt
            );
        }
    }

    private static async Task<IResult> RateAsync(
        Guid messageId,
        WidgetRequest request,
        HttpContext http,
        PortalDb db,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var (body, fault) = await WidgetRequest.ReadAsync<RateBody>(http, cancellationToken);
        if (body is null || body.Value is not ("up" or "down" or null))
        {
            return Problems.InvalidRequest(fault ?? "value must be \"up\", \"down\" or null.");
        }

        var log = await db.ChatLogs.SingleOrDefaultAsync(
            l =>
                l.Id == messageId
                && l.SessionId == request.Token.SessionId
                && (l.Status == ChatStatus.Answered || l.Status == ChatStatus.Empty),
            cancellationToken
        );
        if (log is null)
        {
            return Problems.MessageNotFound;
        }

        log.Rate(
            body.Value,
            body.Comment is { Length: > 0 } comment ? VisitorText.Cut(VisitorText.Clean(comment), 1000) : null,
            clock.GetUtcNow()
        );
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await db
            .VisitorSessions.Where(s => s.Id == request.Token.SessionId)
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(
                            s => s.UpCount,
                            s => db.ChatLogs.Count(l => l.SessionId == s.Id && l.Feedback == "up")
                        )
                        .SetProperty(
                            s => s.DownCount,
                            s => db.ChatLogs.Count(l => l.SessionId == s.Id && l.Feedback == "down")
                        ),
                cancellationToken
            );
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>"Delete my data": deletes the conversation and its messages.</summary>
    private static async Task<IResult> ForgetAsync(
        WidgetRequest request,
        PortalDb db,
        CancellationToken cancellationToken
    )
    {
        var erased = await db.EraseAsync(db.VisitorSessions.Of(request.Token), cancellationToken);
        return erased == 0 && await db.VisitorSessions.AnyAsync(s => s.Id == request.Token.SessionId, cancellationToken)
            ? Problems.SessionExpired
            : TypedResults.NoContent();
    }

    // While the database is unavailable, the response must not look like an error of the widget, so that the widget
    // tries again.
    internal static async ValueTask<object?> UnavailableAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        try
        {
            return await next(context);
        }
        catch (Exception error) when (IsAway(error))
        {
            return Unavailable(context.HttpContext.Response);
        }
    }

    internal static bool IsAway(Exception error) => error is JournalUnavailableException || error.IsDatabaseAway;

    internal static IResult Unavailable(HttpResponse response)
    {
        response.Headers.RetryAfter = "3";
        return Problems.Unavailable;
    }
}
