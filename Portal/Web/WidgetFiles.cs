using System.Text.Json;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Portal.Web;

/// <summary>The widget's bundle: static files that any host can serve, and that the portal serves too.</summary>
public sealed class WidgetFiles : IDisposable
{
    private readonly PhysicalFileProvider _provider;

    public WidgetFiles(IWebHostEnvironment environment)
    {
        // Beside the portal when published, beside its project in the repository.
        string[] places =
        [
            Path.Combine(environment.ContentRootPath, "wwwroot-widget"),
            Path.Combine(environment.ContentRootPath, "..", "wwwroot-widget"),
        ];
        var place = places.FirstOrDefault(Directory.Exists)
            ?? throw new InvalidOperationException(
                "The folder wwwroot-widget is missing. It belongs beside the portal."
            );
        _provider = new PhysicalFileProvider(Path.GetFullPath(place));
        Strings = Read(_provider.GetFileInfo("manifest.json"));
    }

    /// <summary>The strings that a client can replace, by name.</summary>
    public IReadOnlyDictionary<string, WidgetString> Strings { get; }

    public IFileProvider Provider => _provider;

    /// <summary>A client's custom labels under the bundle's short names. Unknown ones are left out.</summary>
    public IReadOnlyDictionary<string, string> Shorten(IReadOnlyDictionary<string, string> wording) =>
        wording
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
        return manifest
            .RootElement.GetProperty("strings")
            .Deserialize<Dictionary<string, WidgetString>>(JsonSerializerOptions.Web)!;
    }

    public void Dispose() => _provider.Dispose();
}

/// <summary>A sentence of the widget.</summary>
/// <param name="Key">Its name in the bundle.</param>
/// <param name="English">As it is said where nobody words it differently; <c>{…}</c> is filled in.</param>
public sealed record WidgetString(string Key, string English);

public static class WidgetFilesPipeline
{
    // The compressed variants that the build writes beside a file, best first.
    private static readonly (string Coding, string Ending)[] s_twins = [("br", ".br"), ("gzip", ".gz")];

    // A page in another encoding must not read ours in its own.
    private static readonly FileExtensionContentTypeProvider s_types = new()
    {
        Mappings =
        {
            [".js"] = Script,
            [".br"] = Script,
            [".gz"] = Script,
            [".map"] = "application/json",
            [".json"] = "application/json",
        },
    };

    private const string Script = "text/javascript; charset=utf-8";

    /// <summary>
    /// Serves the bundle at the root, readable by every website, compressed at build time: <c>/widget.js</c> is cached
    /// briefly, hashed files forever. Each encoding has an ETag and ranges of its own.
    /// </summary>
    public static IApplicationBuilder UseWidgetFiles(this IApplicationBuilder app)
    {
        var files = app.ApplicationServices.GetRequiredService<WidgetFiles>().Provider;
        return app.Use((context, next) => NegotiateAsync(context, next, files))
            .UseStaticFiles(
                new StaticFileOptions
                {
                    FileProvider = files,
                    ContentTypeProvider = s_types,
                    OnPrepareResponse = file => Describe(file.Context.Request.Path.Value!, file.Context.Response),
                }
            );
    }

    // The static files middleware does not know encodings, so the best variant is requested in the file's place.
    private static async Task NegotiateAsync(HttpContext context, RequestDelegate next, IFileProvider files)
    {
        var asked = context.Request.Path;
        var path = asked.Value ?? "";
        if (path.EndsWith(".js.br", StringComparison.Ordinal) || path.EndsWith(".js.gz", StringComparison.Ordinal))
        {
            // A compressed variant is not a file of its own.
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        if (!path.EndsWith(".js", StringComparison.Ordinal))
        {
            await next(context);
            return;
        }

        var best = context.Request.BestCoding([
            .. s_twins.Where(twin => files.GetFileInfo(path + twin.Ending).Exists).Select(twin => twin.Coding),
        ]);
        context.Request.Path = path + s_twins.SingleOrDefault(twin => twin.Coding == best).Ending;
        try
        {
            await next(context);
        }
        finally
        {
            context.Request.Path = asked;
        }
    }

    private static void Describe(string path, HttpResponse response)
    {
        var headers = response.Headers;
        response.IsNoPage();
        headers.AccessControlAllowOrigin = "*";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        if (
            s_twins.SingleOrDefault(twin => path.EndsWith(twin.Ending, StringComparison.Ordinal)) is
            { Ending: { } ending } twin
        )
        {
            headers.ContentEncoding = twin.Coding;
            path = path[..^ending.Length];
        }

        if (path.EndsWith(".js", StringComparison.Ordinal))
        {
            headers.Vary = HeaderNames.AcceptEncoding;
        }

        headers.CacheControl = IsHashed(path) ? "public, max-age=31536000, immutable" : "public, max-age=300";
    }

    private static bool IsHashed(string path) =>
        path.StartsWith("/chunks/", StringComparison.Ordinal) || path.Split('.') is ["/widget", { Length: >= 8 }, "js"];
}
