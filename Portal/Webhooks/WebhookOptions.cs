using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Portal.Webhooks;

/// <summary>
/// What the operator allows and limits when the portal calls clients' webhooks (<c>Portal:Webhooks:…</c>).
/// </summary>
public sealed class WebhookOptions : IValidatableObject
{
    /// <summary>
    /// Exact <c>host:port</c> pairs that may be called whatever their address, also over http, such as the sample bot.
    /// </summary>
    public string[] AllowedTargets { get; set; } = [];

    /// <summary>
    /// Networks (<c>10.20.0.0/16</c>) that webhooks may lead into, for an n8n in the operator's own network.
    /// </summary>
    public string[] AllowedNetworks { get; set; } = [];

    /// <summary>Public networks that webhooks may not lead into: the operator's own.</summary>
    public string[] DeniedNetworks { get; set; } = [];

    /// <summary>Allows plain http for every webhook. Only for a network that the operator trusts.</summary>
    public bool AllowHttp { get; set; }

    /// <summary>Ports beside 443 (and 80 with <see cref="AllowHttp"/>). 5678 is n8n's own.</summary>
    public int[] AllowedPorts { get; set; } = [5678];

    /// <summary>The longest timeout that a client may choose for a widget.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan MaxTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Name look-up, connection and TLS together.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a streamed answer may be silent. n8n sends a keepalive every 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(40);

    /// <summary>How long a connection may be used before its name is looked up and its address checked again.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ConnectionLifetime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The size of an answer, or of a stream's text.</summary>
    [Range(1024, 16 * 1024 * 1024)]
    public int MaxReplyBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// The size of a whole stream. n8n wraps each word in some 200 bytes, so a long answer is many times its text.
    /// </summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int MaxStreamBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>The size of response headers, in kilobytes.</summary>
    [Range(1, 64)]
    public int MaxHeaderKilobytes { get; set; } = 16;

    /// <summary>Simultaneous calls to one widget's bot.</summary>
    [Range(1, 100_000)]
    public int ConcurrentPerWidget { get; set; } = 100;

    /// <summary>
    /// Questions that may wait for one of these calls to end. Waiting counts towards the widget's timeout.
    /// </summary>
    [Range(0, 100_000)]
    public int QueuedPerWidget { get; set; } = 200;

    /// <summary>
    /// Simultaneous calls of one client's widgets together, so that a client whose bots all hang leaves room for
    /// others.
    /// </summary>
    [Range(1, 100_000)]
    public int ConcurrentPerClient { get; set; } = 300;

    /// <summary>Simultaneous calls of all widgets in this process.</summary>
    [Range(1, 100_000)]
    public int ConcurrentInAll { get; set; } = 1000;

    /// <summary>Retries when no connection was made. A question that was sent is never sent again.</summary>
    [Range(1, 5)]
    public int ConnectRetries { get; set; } = 1;

    /// <summary>The approximate pause between two attempts to connect.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan ConnectRetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The share of failures at which a widget's calls pause …</summary>
    [Range(0.01, 1.0)]
    public double BreakAtFailureRatio { get; set; } = 0.5;

    /// <summary>… once this many calls have ended …</summary>
    [Range(2, 10_000)]
    public int BreakAtCalls { get; set; } = 10;

    /// <summary>… within this time.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "1.00:00:00")]
    public TimeSpan BreakWindow { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long calls pause before one tests whether the bot is back.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "1.00:00:00")]
    public TimeSpan BreakFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause that a bot can request with Retry-After.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Public addresses of the portal's outgoing calls. Clients see them for n8n's allowlist, and webhooks may not lead
    /// there.
    /// </summary>
    public string[] EgressAddresses { get; set; } = [];

    /// <summary>The portal's own address: it signs as this issuer, and refuses to call itself.</summary>
    public Uri? PublicUrl { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (
            var network in AllowedNetworks.Concat(DeniedNetworks).Where(network => !IPNetwork.TryParse(network, out _))
        )
        {
            yield return new ValidationResult(
                $"'{network}' is not a network such as 10.20.0.0/16 (Portal:Webhooks:AllowedNetworks, DeniedNetworks)."
            );
        }

        foreach (var endpoint in AllowedTargets.Where(endpoint => Endpoint.Parse(endpoint) is null))
        {
            yield return new ValidationResult(
                $"'{endpoint}' is not a host and port such as n8n.internal:5678 (Portal:Webhooks:AllowedTargets)."
            );
        }

        foreach (
            var address in EgressAddresses.Where(address =>
                !IPAddress.TryParse(address, out _) && !IPNetwork.TryParse(address, out _)
            )
        )
        {
            yield return new ValidationResult(
                $"'{address}' is neither an address nor a network (Portal:Webhooks:EgressAddresses)."
            );
        }

        foreach (var port in AllowedPorts.Where(port => port is < 1 or > 65535))
        {
            yield return new ValidationResult($"{port} is not a port (Portal:Webhooks:AllowedPorts).");
        }
    }
}
