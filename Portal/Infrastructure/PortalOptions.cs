using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Portal.Infrastructure;

/// <summary>What the operator says about this portal (<c>Portal:…</c>).</summary>
public sealed class PortalOptions
{
    /// <summary>The product's name on pages and in mails: agencies run it under their own.</summary>
    [Required, StringLength(60)]
    public string Name { get; set; } = "Chat Portal";

    /// <summary>Where browsers reach the portal. Links are made from it, never from a request's Host header.</summary>
    [Required]
    public Uri PublicUrl { get; set; } = null!;

    /// <summary>Where the embedded default keeps its files.</summary>
    [Required]
    public string DataDirectory { get; set; } = ".data";

    /// <summary>Scheme, host and port of <see cref="PublicUrl"/>, as browsers say it in Origin.</summary>
    public string Origin => PublicUrl.GetLeftPart(UriPartial.Authority);

    public Uri Link(string path) => new(PublicUrl, path);
}

public static class PortalOptionsServices
{
    public static IServiceCollection AddPortalOptions(this IServiceCollection services)
    {
        services.AddOptions<PortalOptions>().BindConfiguration("Portal").ValidateDataAnnotations().ValidateOnStart();
        return services.AddSingleton(provider => provider.GetRequiredService<IOptions<PortalOptions>>().Value);
    }
}
