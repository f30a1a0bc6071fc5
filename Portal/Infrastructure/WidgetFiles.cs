using System.Text.Json;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Portal.Infrastructure;

/// <summary>The widget's bundle: static files that any host can serve, and that the portal serves too.</summary>
public sealed class WidgetFiles : IDisposable
{
    private readonly PhysicalFileProvider _provider;

    public WidgetFiles(IWebHostEnvironment environment)
    {
        // Beside the portal when published, beside its project in the repository.
        string[] places = [Path.Combine(environment.ContentRootPath, "wwwroot-widget"), Path.Combine(environment.ContentRootPath, "..", "wwwroot-widget")];
        var place = places.FirstOrDefault(Directory.Exists)
            ?? throw new InvalidOperationException("The folder wwwroot-widget is missing. It belongs beside the portal.");
        _provider = new PhysicalFileProvider(Path.GetFullPath(place));
        Strings = Read(_provider.GetFileInfo("manifest.json"));
    }

    /// <summary>The sentences that a client may word differently, by name.</summary>
    public IReadOnlyDictionary<string, WidgetString> Strings { get; }

    public IFileProvider Provider => _provider;

    /// <summary>A client's own wording under the short names that the bundle knows. What it does not know is left out.</summary>
    public IReadOnlyDictionary<string, string> Shorten(IReadOnlyDictionary<string, string> wording) => wording
        .Where(own => !string.IsNullOrWhiteSpace(own.Value) && Strings.ContainsKey(own.Key))
        .ToDictionary(own => Strings[own.Key].Key, own => own.Value);

    private static Dictionary<string, WidgetString> Read(IFileInfo file)
    {
        // Without it the bundle was not built, and there is no widget either.
        if (!file.Exists)
        {
            return [];
        }

        using var stream = file.CreateReadStream();
        using var manifest = JsonDocument.Parse(stream);
        return manifest.RootElement.GetProperty("strings").Deserialize<Dictionary<string, WidgetString>>(JsonSerializerOptions.Web)!;
    }

    public void Dispose() => _provider.Dispose();
}

/// <summary>A sentence of the widget.</summary>
/// <param name="Key">Its name in the bundle.</param>
/// <param name="English">As it is said where nobody words it differently; <c>{…}</c> is filled in.</param>
public sealed record WidgetString(string Key, string English);

public static class WidgetFilesPipeline
{
    public static IServiceCollection AddWidgetFiles(this IServiceCollection services) => services.AddSingleton<WidgetFiles>();

    /// <summary>Serves the bundle at the root, readable by every website: <c>/widget.js</c> briefly cached, hashed files for ever.</summary>
    public static IApplicationBuilder UseWidgetFiles(this IApplicationBuilder app) => app.UseStaticFiles(new StaticFileOptions
    {
        FileProvider = app.ApplicationServices.GetRequiredService<WidgetFiles>().Provider,
        OnPrepareResponse = file =>
        {
            var headers = file.Context.Response.Headers;
            headers.AccessControlAllowOrigin = "*";
            headers["Cross-Origin-Resource-Policy"] = "cross-origin";
            headers[HeaderNames.CacheControl] = IsHashed(file.Context.Request.Path) ? "public, max-age=31536000, immutable" : "public, max-age=300";
        },
    });

    private static bool IsHashed(PathString path) =>
        path.StartsWithSegments("/chunks") || (path.Value!.Split('.') is ["/widget", { Length: >= 8 }, "js"]);
}
