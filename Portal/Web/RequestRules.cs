using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Portal.Web;

/// <summary>
/// Refuses requests that no browser and no program of ours sends before anything handles them, with the right status
/// code and an error page that explains it.
/// </summary>
public static class RequestRules
{
    private static readonly string[] s_methods =
    [
        HttpMethods.Get,
        HttpMethods.Head,
        HttpMethods.Post,
        HttpMethods.Put,
        HttpMethods.Delete,
        HttpMethods.Options,
    ];

    extension(IApplicationBuilder app)
    {
        /// <summary>
        /// Unknown methods, and characters that no database text can contain. Must run inside the status code pages.
        /// </summary>
        public IApplicationBuilder UseRequestRules() =>
            app.Use(
                (context, next) =>
                {
                    var request = context.Request;
                    if (!s_methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase))
                    {
                        context.Response.Headers.Allow = string.Join(", ", s_methods);
                        return Refuse(context, StatusCodes.Status405MethodNotAllowed);
                    }

                    return
                        request.QueryString.Value?.Contains("%00", StringComparison.Ordinal) == true
                        || request.Path.Value?.Contains('\0') == true
                        ? Refuse(context, StatusCodes.Status400BadRequest)
                        : next(context);
                }
            );

        /// <summary>
        /// Malformed forms of pages. Must run after authorization: bodies of strangers who may not send any are not
        /// read.
        /// </summary>
        public IApplicationBuilder UseReadableForms() =>
            app.Use(
                async (context, next) =>
                {
                    if (
                        context.Request.HasFormContentType
                        && context.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is not null
                        && await FaultAsync(context.Request) is { } status
                    )
                    {
                        await Refuse(context, status);
                        return;
                    }

                    await next(context);
                }
            );
    }

    private static async Task<int?> FaultAsync(HttpRequest request)
    {
        try
        {
            var form = await request.ReadFormAsync(request.HttpContext.RequestAborted);
            return form.Any(field =>
                field.Key.Contains('\0') || field.Value.Any(value => value?.Contains('\0') == true)
            )
                ? StatusCodes.Status400BadRequest
                : null;
        }
        catch (BadHttpRequestException fault)
        {
            return fault.StatusCode;
        }
        catch (InvalidDataException)
        {
            // Too many or too long fields, or not a form at all.
            return StatusCodes.Status400BadRequest;
        }
        catch (IOException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return StatusCodes.Status400BadRequest;
        }
    }

    // The error page is requested like any other, without the malformed form.
    private static Task Refuse(HttpContext context, int status)
    {
        context.Request.Method = HttpMethods.Get;
        context.Features.Set<IFormFeature>(new FormFeature(FormCollection.Empty));
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
