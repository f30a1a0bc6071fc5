using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.TagHelpers;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Portal.Web;

[HtmlTargetElement("input", Attributes = "asp-for,field")]
[HtmlTargetElement("textarea", Attributes = "asp-for,field")]
[HtmlTargetElement("select", Attributes = "asp-for,field")]
public sealed class FieldTagHelper : TagHelper
{
    private static readonly object Focused = new();

    // Must run after the framework's own helpers, which compute name and value.
    public override int Order => 1;

    public required ModelExpression AspFor { get; set; }

    [HtmlAttributeNotBound, ViewContext]
    public ViewContext View { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Attributes.RemoveAll("field");
        output.AddClass(
            context.TagName == "select" ? "form-select" : "form-control",
            System.Text.Encodings.Web.HtmlEncoder.Default
        );

        var name = View.ViewData.TemplateInfo.GetFullHtmlFieldName(AspFor.Name);
        var id = TagBuilder.CreateSanitizedId(name, "_");
        var error = View.ViewData.ModelState.TryGetValue(name, out var entry)
            ? entry.Errors.FirstOrDefault()?.ErrorMessage
            : null;
        var described = new List<string>();
        if (context.AllAttributes.ContainsName("hint"))
        {
            output.Attributes.RemoveAll("hint");
            described.Add($"{id}-hint");
        }

        if (error is not null)
        {
            described.Insert(0, $"{id}-error");
            output.Attributes.SetAttribute("aria-invalid", "true");
            output.AddClass("is-invalid", System.Text.Encodings.Web.HtmlEncoder.Default);
            if (View.HttpContext.Items.TryAdd(Focused, true))
            {
                output.Attributes.SetAttribute("autofocus", "autofocus");
            }

            var sentence = new TagBuilder("div");
            sentence.AddCssClass("invalid-feedback d-block");
            sentence.Attributes["id"] = $"{id}-error";
            sentence.InnerHtml.Append(error);
            output.PostElement.AppendHtml(sentence);
        }

        if (described.Count > 0)
        {
            output.Attributes.SetAttribute("aria-describedby", string.Join(' ', described));
        }
    }
}
