using Htmx;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.Net.Http.Headers;

namespace Portal.Web;

/// <summary>How handlers respond to htmx and to plain requests alike.</summary>
public static class Fragments
{
    /// <summary>
    /// The configuration of htmx. It never evaluates text and keeps no page in the browser's storage.
    /// </summary>
    public const string Config = """
        {"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,"historyCacheSize":0,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},{"code":"[45]..","swap":false,"error":true}]}
        """;

    extension(HttpRequest request)
    {
        /// <summary>True when htmx requests a fragment rather than the page.</summary>
        public bool WantsFragment => request.IsHtmx() && !request.IsHtmxBoosted();
    }

    extension(PageModel page)
    {
        /// <summary>Success: a partial for htmx, a redirect to the page for everyone else.</summary>
        public IActionResult Done(string partial, object model)
        {
            page.ModelState.Clear();
            return page.Request.WantsFragment ? page.Fragment(partial, model) : page.RedirectToPage();
        }

        /// <summary>Validation failed: the form comes back with its errors, as a 422.</summary>
        public IActionResult Invalid(string partial, object model)
        {
            page.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return page.Request.WantsFragment ? page.Fragment(partial, model) : page.Page();
        }

        /// <summary>The whole page again, with its errors, as a 422.</summary>
        public IActionResult Invalid()
        {
            page.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return page.Page();
        }

        private PartialViewResult Fragment(string partial, object model)
        {
            page.Response.Headers.Append(HeaderNames.Vary, "HX-Request");
            return page.Partial(partial, model);
        }
    }
}

/// <summary>Lets a form state its address once: an empty hx-post uses the form's own action.</summary>
[HtmlTargetElement("form", Attributes = "hx-post")]
public sealed class HxPostTagHelper : TagHelper
{
    // Must run after the framework's form helper, which computes the action, and after Htmx.TagHelpers, which fills an
    // empty hx-post with the page's own address.
    public override int Order => 1;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (
            context.AllAttributes["hx-post"].Value?.ToString() is null or ""
            && output.Attributes.TryGetAttribute("action", out var action)
        )
        {
            output.Attributes.SetAttribute("hx-post", action.Value);
        }
    }
}
