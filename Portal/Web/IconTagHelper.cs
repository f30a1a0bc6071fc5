using System.Text.Json;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Portal.Web;

/// <summary>The icons that <c>npm run build</c> collected for the names in our pages.</summary>
public sealed class Icons(IWebHostEnvironment environment)
{
    private readonly Lazy<Dictionary<string, string>> _shapes = new(() => Load(environment));

    public string this[string name] =>
        _shapes.Value.TryGetValue(name, out var shapes)
            ? shapes
            : throw new InvalidOperationException(
                $"There is no icon \"{name}\" in wwwroot/lib/icons.json. New ones arrive with npm run build."
            );

    private static Dictionary<string, string> Load(IWebHostEnvironment environment)
    {
        var file = environment.WebRootFileProvider.GetFileInfo("lib/icons.json");
        if (!file.Exists)
        {
            throw new InvalidOperationException(
                "wwwroot/lib/ is missing: run npm ci and npm run build in Portal/ first."
            );
        }

        using var stream = file.CreateReadStream();
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
    }
}

[HtmlTargetElement("icon", TagStructure = TagStructure.NormalOrSelfClosing)]
public sealed class IconTagHelper(Icons icons) : TagHelper
{
    public required string Name { get; set; }

    public string? Class { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "svg";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", Class is null ? "i" : $"i {Class}");
        output.Attributes.SetAttribute("viewBox", "0 0 24 24");
        output.Attributes.SetAttribute("aria-hidden", "true");
        output.Content.SetHtmlContent(icons[Name]);
    }
}
