using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Portal.Deletion;
using Portal.Hosting;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Api;

/// <summary>
/// Clean-up and bulk deletion for admins' programs, with an API token that has the scope of each call.
/// </summary>
public static class AdminApi
{
    public static IServiceCollection AddAdminApi(this IServiceCollection services)
    {
        services.AddSettings<AdminApiOptions>("Portal:AdminApi");
        services.AddSingleton<AdminApiLimits>();
        services.AddScoped<BulkDeletion>().AddScoped<ChatLogDeletion>();
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, AdminTokens>(
            AdminTokens.SchemeName,
            null
        );
        services.AddApiDescription();
        return services;
    }

    public static void MapAdminApi(this IEndpointRouteBuilder routes)
    {
        var admin = routes
            .MapGroup("/api/admin")
            .DisableAntiforgery()
            .WithTags("Admin")
            .WithMetadata(new NamesItsClient(), new TakesToken())
            .ProducesProblem(401)
            .ProducesProblem(403)
            .ProducesProblem(429)
            .AddEndpointFilter(AdminApiLimits.LimitAsync);
        admin.MapGet("/widgets", ListAsync).Needs("widgets:read").WithSummary("List widgets").ProducesProblem(400);
        admin.MapPost("/clean-up", CleanUpAsync).Needs("clean-up").WithSummary("Delete the demos that have expired");
        admin
            .MapPost("/widgets/delete", DeleteWidgetsAsync)
            .Needs("widgets:delete")
            .WithSummary("Delete widgets")
            .ProducesProblem(400);
        admin
            .MapPost("/demos/delete", DeleteDemosAsync)
            .Needs("demos:delete")
            .WithSummary("Delete demo widgets")
            .ProducesProblem(400);
        admin
            .MapPost("/chat-logs/delete", DeleteLogsAsync)
            .Needs("chat-logs:delete")
            .WithSummary("Delete chat logs")
            .ProducesProblem(400)
            .ProducesProblem(404);
        routes.MapOpenApi("/openapi/v1.json").AllowAnonymous();
    }

    private static RouteHandlerBuilder Needs(this RouteHandlerBuilder call, string scope) =>
        call.RequireAuthorization(AdminTokens.For(scope)).WithDescription($"Scope `{scope}`.");

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    public sealed record CleanUpBody([property: Description("Only count what would be deleted.")] bool DryRun = false);

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    public sealed record WidgetsBody(
        [property: Description("At most 500."), MinLength(1), MaxLength(BulkDeletion.AtMost)] Guid[]? Ids,
        [property: Description("Only count what would be deleted.")] bool DryRun = false
    );

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    public sealed record LogsBody(
        [property: Description("The client whose logs to delete; not needed with a widget.")] Guid? Client,
        [property: Description("Only this widget's.")] Guid? Widget,
        [property: Description("Only messages written then or later, with a time zone.")] DateTimeOffset? From,
        [property: Description("Only messages written before, with a time zone.")] DateTimeOffset? Until,
        [property: Description("Only this visitor's, as chat_logs.user_id has it.")] string? Visitor,
        [property: Description("Only count what would be deleted.")] bool DryRun = false
    );

    /// <param name="Missing">Ids without such a widget; it may have been deleted before.</param>
    public sealed record WidgetsGone(bool DryRun, DeletionSummary Deleted, IReadOnlyList<Guid> Missing);

    public sealed record CleanedUp(bool DryRun, DeletionSummary Deleted, bool Complete);

    /// <param name="Complete">False: as many messages as one call deletes are gone, and more are left. Call
    /// again.</param>
    public sealed record LogsGone(bool DryRun, long Messages, int Conversations, bool Complete);

    public sealed record Listed(
        Guid Id,
        Guid ClientId,
        string Client,
        string Name,
        bool IsActive,
        bool IsDemo,
        DateTimeOffset? ExpiresAt,
        DateTimeOffset? CreatedAt
    );

    /// <param name="Next">Send it as <c>after</c> for the next page; null on the last.</param>
    public sealed record Listing(IReadOnlyList<Listed> Widgets, Guid? Next);

    private static async Task<Results<Ok<Listing>, ProblemHttpResult>> ListAsync(
        AgencyDb db,
        TimeProvider clock,
        CancellationToken cancellationToken,
        [Description("Only this client's.")] Guid? client = null,
        [Description("Only demos, or only the others.")] bool? demo = null,
        [Description("Only demos that have expired, or all others.")] bool? expired = null,
        [Description("The `next` of the page before.")] Guid? after = null,
        [Description("1 to 200.")] int limit = 50
    )
    {
        if (limit is < 1 or > 200)
        {
            return Problems.InvalidRequest("limit must be 1 to 200.");
        }

        var now = clock.GetUtcNow();
        var page = await db
            .Widgets.Where(widget =>
                (client == null || widget.ClientId == client)
                && (demo == null || (widget.IsDemo == true) == demo)
                && (expired == null || (widget.IsDemo == true && widget.ExpiresAt <= now) == expired)
                && (after == null || widget.Id > after)
            )
            .OrderBy(widget => widget.Id)
            .Take(limit + 1)
            .Join(
                db.Clients,
                widget => widget.ClientId,
                client => client.Id,
                (widget, client) => new { Widget = widget, Client = client.Name }
            )
            .OrderBy(row => row.Widget.Id)
            .Select(row => new Listed(
                row.Widget.Id,
                row.Widget.ClientId,
                row.Client,
                row.Widget.Name,
                row.Widget.IsActive != false,
                row.Widget.IsDemo == true,
                row.Widget.ExpiresAt,
                row.Widget.CreatedAt
            ))
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(new Listing([.. page.Take(limit)], page.Count > limit ? page[limit - 1].Id : null));
    }

    private static async Task<Ok<CleanedUp>> CleanUpAsync(
        CleanUpBody body,
        BulkDeletion bulk,
        TimeProvider clock,
        CancellationToken cancellationToken
    )
    {
        var choice = WidgetChoice.Expired(clock.GetUtcNow());
        var extent = body.DryRun
            ? await bulk.LookAsync(choice, cancellationToken)
            : await bulk.DeleteAsync(choice, cancellationToken);
        return TypedResults.Ok(new CleanedUp(body.DryRun, extent, body.DryRun || extent.Widgets < BulkDeletion.AtMost));
    }

    private static Task<Results<Ok<WidgetsGone>, ProblemHttpResult>> DeleteWidgetsAsync(
        WidgetsBody body,
        AgencyDb db,
        BulkDeletion bulk,
        CancellationToken cancellationToken
    ) => DeleteAsync(body, demos: false, db, bulk, cancellationToken);

    private static Task<Results<Ok<WidgetsGone>, ProblemHttpResult>> DeleteDemosAsync(
        WidgetsBody body,
        AgencyDb db,
        BulkDeletion bulk,
        CancellationToken cancellationToken
    ) => DeleteAsync(body, demos: true, db, bulk, cancellationToken);

    private static async Task<Results<Ok<WidgetsGone>, ProblemHttpResult>> DeleteAsync(
        WidgetsBody body,
        bool demos,
        AgencyDb db,
        BulkDeletion bulk,
        CancellationToken cancellationToken
    )
    {
        if (body.Ids is not { Length: > 0 and <= BulkDeletion.AtMost } ids)
        {
            return Problems.InvalidRequest($"ids must contain 1 to {BulkDeletion.AtMost} widget IDs.");
        }

        var choice = new WidgetChoice(ids, demos);
        var known = await choice.Of(db.Widgets).Select(widget => widget.Id).ToListAsync(cancellationToken);
        var extent = body.DryRun
            ? await bulk.LookAsync(choice, cancellationToken)
            : await bulk.DeleteAsync(choice, cancellationToken);
        return TypedResults.Ok(new WidgetsGone(body.DryRun, extent, [.. ids.Distinct().Except(known)]));
    }

    private static async Task<Results<Ok<LogsGone>, ProblemHttpResult>> DeleteLogsAsync(
        LogsBody body,
        ChatLogDeletion logs,
        CancellationToken cancellationToken
    )
    {
        if (body.Client is null && body.Widget is null)
        {
            return Problems.InvalidRequest("Specify a client or a widget.");
        }

        if (body.From >= body.Until)
        {
            return Problems.InvalidRequest("from must be before until.");
        }

        if (
            await logs.FindAsync(new(body.Client, body.Widget, body.From, body.Until, body.Visitor), cancellationToken)
            is not { } choice
        )
        {
            return body.Widget is null ? Problems.ClientNotFound : Problems.WidgetNotFound;
        }

        var extent = body.DryRun
            ? await logs.LookAsync(choice, cancellationToken)
            : await logs.DeleteAsync(choice, cancellationToken);
        return TypedResults.Ok(new LogsGone(body.DryRun, extent.Messages, extent.Conversations, extent.IsComplete));
    }
}
