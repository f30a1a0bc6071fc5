using System.ComponentModel.DataAnnotations;

namespace Portal.Sample;

/// <summary>The parts that let a newcomer chat before anybody has an n8n (<c>Portal:Sample:…</c>). Off unless given ports.</summary>
public sealed class SampleOptions
{
    /// <summary>Loopback port of the bot that speaks the n8n contract.</summary>
    [Range(1, 65535)]
    public int? BotPort { get; set; }

    /// <summary>Loopback port of the shop that embeds the widget, as a customer's website does.</summary>
    [Range(1, 65535)]
    public int? SitePort { get; set; }

    public string BotUrl => $"http://127.0.0.1:{BotPort}/webhook/sample/stream";

    public string SiteUrl => $"http://localhost:{SitePort}";
}
