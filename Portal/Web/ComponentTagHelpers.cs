using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Portal.Web;

/// <summary>
/// A component with a partial of its own that may contain more markup, such as buttons. The tag's attributes are the
/// partial's model.
/// </summary>
public abstract class ComponentTagHelper(IHtmlHelper html, string partial) : TagHelper
{
    [ViewContext, HtmlAttributeNotBound]
    public ViewContext View { get; set; } = null!;

    /// <summary>The content between the tags.</summary>
    [HtmlAttributeNotBound]
    public IHtmlContent Inside { get; private set; } = null!;

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        Inside = await output.GetChildContentAsync();
        ((IViewContextAware)html).Contextualize(View);
        output.TagName = null;
        output.Content.SetHtmlContent(await html.PartialAsync(partial, this));
    }
}

/// <summary><c>&lt;page-header title="Clients"&gt;actions&lt;/page-header&gt;</c></summary>
public sealed class PageHeaderTagHelper(IHtmlHelper html) : ComponentTagHelper(html, "_PageHeader")
{
    public required string Title { get; set; }

    /// <summary>One line: what this page shows now.</summary>
    public string? Lead { get; set; }

    public string? Crumb { get; set; }
    public string? CrumbHref { get; set; }
}

public sealed class NoticeTagHelper(IHtmlHelper html) : ComponentTagHelper(html, "_Notice")
{
    /// <summary><c>bad</c>, <c>warn</c>, <c>ok</c> or <c>info</c>.</summary>
    public string Tone { get; set; } = "info";

    /// <summary>The fact.</summary>
    public required string Title { get; set; }

    /// <summary>What it means.</summary>
    public string? Text { get; set; }

    [HtmlAttributeNotBound]
    public string Icon =>
        Tone switch
        {
            "bad" or "warn" => "alert-triangle",
            "ok" => "circle-check",
            _ => "info-circle",
        };
}

public sealed class BlankTagHelper(IHtmlHelper html) : ComponentTagHelper(html, "_Blank")
{
    public string Icon { get; set; } = "inbox";
    public required string Title { get; set; }
    public required string Text { get; set; }
}

/// <summary><c>&lt;badge tone="ok" text="Answering" /&gt;</c></summary>
public sealed class BadgeTagHelper(IHtmlHelper html) : ComponentTagHelper(html, "_Badge")
{
    public string? Tone { get; set; }

    public required string Text { get; set; }
}

public sealed class CopyFieldTagHelper(IHtmlHelper html) : ComponentTagHelper(html, "_CopyField")
{
    public required string Value { get; set; }
    public string Label { get; set; } = "Copy";
}
