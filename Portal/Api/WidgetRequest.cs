using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Chat;
using Portal.Hosting;
using Portal.Model;
using Portal.Web;

namespace Portal.Api;

/// <summary>
/// The part that all calls of a widget share: which widget, from which website, in which conversation.
/// </summary>
public sealed class WidgetRequest(
    WidgetDirectory widgets,
    Previews previews,
    Tenant tenant,
    PortalOptions portal,
    TimeProvider clock,
    ILogger<WidgetRequest> log
)
{
    private const long MaxBytes = 32 * 1024;

    private readonly ILogger _log = log;

    /// <summary>Strict, because callers are anonymous: no unknown or duplicate members, no deep nesting.</summary>
    public static readonly JsonSerializerOptions Json = new(WidgetConfig.Json)
    {
        MaxDepth = 8,
        AllowDuplicateProperties = false,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public LiveWidget Widget { get; private set; } = null!;
    public string Origin { get; private set; } = "";

    /// <summary>The conversation; set for whom <see cref="VisitorAuthentication"/> let in.</summary>
    public SessionToken Token { get; private set; } = null!;

    /// <summary>Endpoint filter: finds the widget and enters its client, or refuses with a reason.</summary>
    public static async ValueTask<object?> EnterAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var http = context.HttpContext;
        var request = http.RequestServices.GetRequiredService<WidgetRequest>();
        if (await request.EnterAsync(http) is { } refusal)
        {
            return refusal;
        }

        using var ids = request._log.BeginScope(new LogIds(request.Widget.ClientId, request.Widget.Id));
        return await next(context);
    }

    /// <summary>
    /// Endpoint filter: everything logged in a conversation's call names client, widget and conversation.
    /// </summary>
    public static async ValueTask<object?> NameInLogsAsync(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    )
    {
        var request = context.HttpContext.RequestServices.GetRequiredService<WidgetRequest>();
        using var ids = request._log.BeginScope(
            new LogIds(request.Widget.ClientId, request.Widget.Id, request.Token.SessionId)
        );
        return await next(context);
    }

    /// <summary>Endpoint filter: not more often than the limits allow.</summary>
    public static Func<EndpointFilterInvocationContext, EndpointFilterDelegate, ValueTask<object?>> LimitAsync(
        Func<VisitorLimits, Caller, TimeSpan?> take
    ) =>
        async (context, next) =>
        {
            var http = context.HttpContext;
            var request = http.RequestServices.GetRequiredService<WidgetRequest>();
            var caller = new Caller(
                CallerAddress.Of(http.Connection.RemoteIpAddress),
                request.Widget?.Id ?? Guid.Empty,
                request.Token?.SessionId ?? Guid.Empty
            )
            {
                PerMinute = request.Widget?.Config.Security.Limits.MessagesPerMinute,
            };
            return take(http.RequestServices.GetRequiredService<VisitorLimits>(), caller) is { } wait
                ? Problems.RateLimited(http.Response, wait)
                : await next(context);
        };

    /// <summary>Endpoint filter: for everything without a limit of its own.</summary>
    public static readonly Func<
        EndpointFilterInvocationContext,
        EndpointFilterDelegate,
        ValueTask<object?>
    > LimitCalls = LimitAsync(static (limits, caller) => limits.Call(caller));

    /// <summary>Endpoint filter: an n8n that serves many widgets posts all their answers from one address.</summary>
    public static readonly Func<
        EndpointFilterInvocationContext,
        EndpointFilterDelegate,
        ValueTask<object?>
    > LimitCallbacks = LimitAsync(static (limits, caller) => limits.Callback(caller));

    /// <summary>Finds the widget and enters its client, or says why not.</summary>
    public async Task<IResult?> EnterAsync(HttpContext http)
    {
        if (await FindAsync(http) is not { } widget)
        {
            return Problems.WidgetNotFound;
        }

        Widget = widget;
        Origin = WebOrigin.Of(http.Request, portal.PublicUrl);
        if (Origin != portal.Origin && !WebOrigin.Allow(widget.Config.Security.Origins, Origin))
        {
            return Problems.OriginNotAllowed;
        }

        tenant.Enter(widget.ClientId);
        return null;
    }

    /// <summary>
    /// The call must carry a token of this widget and this website. Whether it may still send is another question.
    /// </summary>
    public IResult? TakeToken(HttpRequest http)
    {
        var header = http.Headers.Authorization.ToString();
        if (
            !header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            || Genuine(header["Bearer ".Length..].Trim()) is not { } token
        )
        {
            return Problems.SessionRequired;
        }

        Token = token;
        return null;
    }

    /// <summary>
    /// Whether the website is allowed. The portal's own pages show a widget to its people, as a preview or a demo;
    /// anybody else who claims the portal's origin is treated like any other website.
    /// </summary>
    public bool IsAllowedForStrangers =>
        Widget.IsPreview || Widget.Demo is not null || WebOrigin.Allow(Widget.Config.Security.Origins, Origin);

    /// <summary>
    /// The widget that a call names, if it is available: its draft with a ticket, otherwise as published.
    /// </summary>
    public async Task<LiveWidget?> FindAsync(HttpContext http)
    {
        var id = Guid.Parse((string)http.Request.RouteValues["id"]!);
        var widget = http.Request.RouteValues["ticket"] is string ticket
            ? await previews.OpenAsync(ticket, id, http.RequestAborted)
            : await widgets.FindAsync(id, http.RequestAborted);
        return widget?.IsAnswering(clock.GetUtcNow()) == true ? widget : null;
    }

    public SessionToken? Genuine(string? token) =>
        SessionToken.Read(token, Widget.Id, Widget.Secret) is { } read && read.Origin == Origin ? read : null;

    /// <summary>The body, or a sentence that says what is wrong with it.</summary>
    public static async Task<(T? Body, string? Fault)> ReadAsync<T>(
        HttpContext http,
        CancellationToken cancellationToken
    )
        where T : class
    {
        if (!http.Request.HasJsonContentType())
        {
            return (null, "Send JSON, with Content-Type: application/json.");
        }

        if (
            http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is
            { IsReadOnly: false } size
        )
        {
            size.MaxRequestBodySize = MaxBytes;
        }

        try
        {
            return await http.Request.ReadFromJsonAsync<T>(Json, cancellationToken) is { } body
                ? (body, null)
                : (null, "The body is empty.");
        }
        catch (JsonException error)
        {
            return (null, $"The body could not be read{(error.Path is { Length: > 1 } path ? $" at {path}" : "")}.");
        }
        catch (BadHttpRequestException)
        {
            return (null, $"The body is larger than {MaxBytes / 1024} kB, or was cut off.");
        }
    }
}
