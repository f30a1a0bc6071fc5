using System.Net;
using Microsoft.Extensions.Options;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

/// <summary>A portal's side of the webhook, with limits short enough to be met in a test.</summary>
internal sealed class Caller : IDisposable
{
    private readonly GuardedHttpClient _http;
    private readonly WebhookPipelines _pipelines;

    public Caller(Action<WebhookOptions>? tune = null, TimeProvider? clock = null, ResolveHost? resolve = null)
    {
        var settings = new WebhookOptions
        {
            PublicUrl = new Uri("https://chat.example.com"),
            ConnectRetryDelay = TimeSpan.Zero,
        };
        tune?.Invoke(settings);

        var options = Options.Create(settings);
        var addresses = new AddressPolicy(options);
        _http = new GuardedHttpClient(options, addresses, resolve ?? Dns.GetHostAddressesAsync);
        _pipelines = new WebhookPipelines(options, clock ?? TimeProvider.System);
        Client = new WebhookClient(
            _http,
            new WebhookUrl(options, addresses),
            _pipelines,
            options,
            clock ?? TimeProvider.System
        );
    }

    /// <summary>May call this server on loopback, as the sample bot may be called.</summary>
    public Caller(Upstream upstream, Action<WebhookOptions>? tune = null, TimeProvider? clock = null)
        : this(
            settings =>
            {
                settings.AllowedTargets = [$"127.0.0.1:{upstream.Port}"];
                tune?.Invoke(settings);
            },
            clock
        ) => Target = Target with { Url = upstream.Url };

    public WebhookClient Client { get; }

    public WebhookPipelines Pipelines => _pipelines;

    public WebhookTarget Target { get; set; } =
        new(
            Guid.CreateVersion7(),
            Guid.CreateVersion7(),
            "https://n8n.example.com/webhook/shop/chat",
            WebhookAuth.None,
            null,
            null,
            TimeSpan.FromSeconds(30)
        );

    public static Question Question { get; } =
        new(
            Guid.CreateVersion7(),
            Guid.CreateVersion7(),
            "Do you ship to Norway?",
            "You answer for the shop.",
            "warm",
            [new QuestionTurn("Hello", "Hi, how can I help?")],
            "https://www.example.com/shipping",
            "Shipping",
            "en-GB",
            new Uri("https://chat.example.com/api/callbacks/secret-callback"),
            "Main site",
            Demo: false,
            "visitor-1"
        )
        {
            Client = new(Guid.Parse("5b0d7a0e-0000-4000-8000-000000000001"), "Alder & Finch"),
            Custom = new Dictionary<string, string> { ["plan"] = "pro" },
        };

    public Task<WebhookOutcome> AskAsync(Func<string, CancellationToken, ValueTask>? onDelta = null) =>
        Client.AskAsync(Target, Question, onDelta);

    /// <summary>The error's name, or the answer's text.</summary>
    public Task<string> ResultAsync() => ResultAsync(Target);

    public async Task<string> ResultAsync(WebhookTarget target) => Result(await Client.AskAsync(target, Question));

    /// <summary>Another widget of that client, with the same bot.</summary>
    public WebhookTarget Another(Guid client) => Target with { WidgetId = Guid.CreateVersion7(), ClientId = client };

    public static string Result(WebhookOutcome outcome) =>
        outcome switch
        {
            WebhookOutcome.Answered answered => answered.Text,
            WebhookOutcome.Failed failed => failed.Error.Name,
            _ => "later",
        };

    public void Dispose()
    {
        _http.Dispose();
        _pipelines.Dispose();
    }
}
