using System.ComponentModel.DataAnnotations;

namespace Portal.Sample;

/// <summary>
/// The sample bot and shop, for newcomers without an n8n (<c>Portal:Sample:…</c>). Off unless ports are set.
/// </summary>
public sealed class SampleOptions
{
    /// <summary>Loopback port of the bot, which speaks n8n's protocol.</summary>
    [Range(1, 65535)]
    public int? BotPort { get; set; }

    /// <summary>Loopback port of the shop that embeds the widget, as a customer's website does.</summary>
    [Range(1, 65535)]
    public int? SitePort { get; set; }

    public string BotUrl => $"http://127.0.0.1:{BotPort}/webhook/sample/stream";

    public string SiteUrl => $"http://localhost:{SitePort}";
}
