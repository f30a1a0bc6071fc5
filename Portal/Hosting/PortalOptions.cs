using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Portal.Hosting;

/// <summary>The operator's settings for the whole portal (<c>Portal:…</c>).</summary>
public sealed class PortalOptions
{
    /// <summary>The product's name on pages and in emails: agencies use their own.</summary>
    [Required, StringLength(60)]
    public string Name { get; set; } = "Chat Portal";

    /// <summary>
    /// Required: the address at which browsers reach the portal, with https and without a path. Links use it, never a
    /// request's Host header.
    /// </summary>
    public Uri PublicUrl { get; set; } = null!;

    /// <summary>Other host names under which requests may arrive in Production, such as a CDN's.</summary>
    public string[] OtherHosts { get; set; } = [];

    /// <summary>The operator's own privacy notice, linked from <c>/privacy</c>.</summary>
    public Uri? PrivacyUrl { get; set; }

    /// <summary>Where the embedded PostgreSQL keeps its files.</summary>
    [Required]
    public string DataDirectory { get; set; } = ".data";

    /// <summary>Scheme, host and port of <see cref="PublicUrl"/>, as browsers send them in Origin.</summary>
    public string Origin => PublicUrl.GetLeftPart(UriPartial.Authority);

    public Uri Link(string path) => new(PublicUrl, path);

    internal sealed class Rules(IHostEnvironment environment) : IValidateOptions<PortalOptions>
    {
        private const string Setting = "Portal:PublicUrl";

        public ValidateOptionsResult Validate(string? name, PortalOptions options) =>
            (Refusal(options.PublicUrl) ?? Refusal(options)) is { } sentence
                ? ValidateOptionsResult.Fail(sentence)
                : ValidateOptionsResult.Success;

        private string? Refusal(Uri? url) =>
            url switch
            {
                null =>
                    $"{Setting} must be set to the address at which browsers reach the portal, such as https://chat.example.com.",
                { IsAbsoluteUri: false } or { Scheme: not ("https" or "http") } or { Host.Length: 0 } =>
                    $"{Setting} must be a full https URL, such as https://chat.example.com (it is \"{url.OriginalString}\").",
                { UserInfo.Length: > 0 }
                or { Query.Length: > 0 }
                or { Fragment.Length: > 0 }
                or { AbsolutePath: not "/" } =>
                    $"{Setting} must not have a path: the portal needs a host name of its own (it is \"{url.OriginalString}\").",
                { Scheme: "http", IsLoopback: false } when !environment.IsDevelopment() =>
                    $"{Setting} must begin with https: plain http is for this machine alone (it is \"{url.OriginalString}\").",
                _ => null,
            };

        private static string? Refusal(PortalOptions options) =>
            options switch
            {
                { PrivacyUrl: { } url } when !url.IsAbsoluteUri || url.Scheme is not ("https" or "http") =>
                    $"Portal:PrivacyUrl must be a full URL, such as https://www.example.com/privacy (it is \"{url.OriginalString}\").",
                _ when options.OtherHosts.FirstOrDefault(host => Uri.CheckHostName(host) == UriHostNameType.Unknown)
                        is { } host =>
                    $"Portal:OtherHosts must hold host names alone, such as cdn.example.com (one is \"{host}\").",
                _ => null,
            };
    }
}

public static class PortalOptionsServices
{
    public static IServiceCollection AddPortalOptions(this IServiceCollection services)
    {
        services.AddSettings<PortalOptions>("Portal");
        services.AddSingleton<IValidateOptions<PortalOptions>, PortalOptions.Rules>();
        return services.AddSingleton(provider => provider.GetRequiredService<IOptions<PortalOptions>>().Value);
    }
}
