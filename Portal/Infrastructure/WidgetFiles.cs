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
        Settings = Read(_provider.GetFileInfo("manifest.json"));
    }

    /// <summary>What this bundle acts on beyond what every bundle does, by the names of docs/config-schema.md.</summary>
    public IReadOnlySet<string> Settings { get; }

    public IFileProvider Provider => _provider;

    private static HashSet<string> Read(IFileInfo file)
    {
        if (!file.Exists)
        {
            return [];
        }

        using var stream = file.CreateReadStream();
        using var manifest = JsonDocument.Parse(stream);
        return manifest.RootElement.TryGetProperty("settings", out var settings) ? [.. settings.EnumerateArray().Select(name => name.GetString()!)] : [];
    }

    public void Dispose() => _provider.Dispose();
}

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
