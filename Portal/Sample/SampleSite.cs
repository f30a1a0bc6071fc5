using Microsoft.AspNetCore.StaticFiles;
using Portal.Hosting;
using Portal.Web;

namespace Portal.Sample;

/// <summary>
/// A shop on another origin than the portal's, which embeds the widget as any customer's website does.
/// </summary>
public sealed class SampleSite(SampleOptions options, PortalOptions portal, WidgetFiles files)
    : LoopbackSite(options.SitePort)
{
    // The addresses that the sample pages contain in the repository, so that they also work on any static host.
    private const string DefaultPortal = "http://localhost:5080";

    protected override void Configure(WebApplication site)
    {
        var types = new FileExtensionContentTypeProvider();
        site.Run(async context =>
        {
            var path = context.Request.Path.Value!.TrimStart('/');
            var file = files.Provider.GetFileInfo($"sample/{(path.Length == 0 ? "index.html" : path)}");
            if (!file.Exists || file.IsDirectory)
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            context.Response.ContentType = types.TryGetContentType(file.Name, out var type)
                ? type
                : "application/octet-stream";
            if (type != "text/html")
            {
                await context.Response.SendFileAsync(file, context.RequestAborted);
                return;
            }

            using var reader = new StreamReader(file.CreateReadStream());
            var html = await reader.ReadToEndAsync(context.RequestAborted);
            await context.Response.WriteAsync(
                html.Replace(DefaultPortal, portal.Origin, StringComparison.Ordinal),
                context.RequestAborted
            );
        });
    }
}
