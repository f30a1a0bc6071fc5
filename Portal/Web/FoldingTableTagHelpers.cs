using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc.TagHelpers;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Portal.Web;

/// <summary>
/// <c>&lt;table folds&gt;</c>: on a phone each row becomes a block, and each cell carries its column's heading before
/// it, so that a table says the same at every width. A heading that only screen readers get puts no label before its
/// cells, and a cell without content is left out with its label.
/// </summary>
/// <remarks>The first cell of a row is its title; a cell with the class <c>fold-end</c> stands beside it.</remarks>
[HtmlTargetElement("table", Attributes = "folds")]
public sealed class FoldingTableTagHelper : TagHelper
{
    public override void Init(TagHelperContext context) => context.Items[typeof(FoldingColumns)] = new FoldingColumns();

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Attributes.RemoveAll("folds");
        output.AddClass("folds", HtmlEncoder.Default);
    }
}

/// <summary>Starts a row of a folding table at its first column.</summary>
[HtmlTargetElement("tr")]
public sealed class FoldingRowTagHelper : TagHelper
{
    public override void Init(TagHelperContext context)
    {
        if (context.Items.TryGetValue(typeof(FoldingColumns), out var columns))
        {
            ((FoldingColumns)columns).StartRow();
        }
    }
}

/// <summary>Remembers a column's heading, or labels a cell with it.</summary>
[HtmlTargetElement("th", ParentTag = "tr")]
[HtmlTargetElement("td", ParentTag = "tr")]
public sealed class FoldingCellTagHelper : TagHelper
{
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        if (!context.Items.TryGetValue(typeof(FoldingColumns), out var found))
        {
            return;
        }

        var columns = (FoldingColumns)found;
        if (context.TagName == "th")
        {
            columns.Add((await output.GetChildContentAsync()).GetContent());
        }
        else if (columns.Next() is { Length: > 0 } label)
        {
            output.Attributes.SetAttribute("data-label", new HtmlString(label));
            if (FoldingColumns.IsBlank((await output.GetChildContentAsync()).GetContent()))
            {
                output.AddClass("fold-blank", HtmlEncoder.Default);
            }
        }
    }
}

/// <summary>
/// The headings of one folding table, as encoded HTML without tags, and the column that the next cell belongs to.
/// </summary>
internal sealed partial class FoldingColumns
{
    private readonly List<string> _headings = [];
    private int _next;

    public void StartRow() => _next = 0;

    public void Add(string html) =>
        _headings.Add(
            html.Contains("visually-hidden", StringComparison.Ordinal)
                ? ""
                : Tag().Replace(html, "").Trim().Replace("\"", "&quot;", StringComparison.Ordinal)
        );

    /// <summary>The heading over the next cell of the row; empty over the first one, which needs none.</summary>
    public string Next()
    {
        var column = _next++;
        return column > 0 && column < _headings.Count ? _headings[column] : "";
    }

    /// <summary>Whether a cell shows neither text nor a picture.</summary>
    public static bool IsBlank(string html) =>
        !html.Contains("<svg", StringComparison.Ordinal)
        && !html.Contains("<img", StringComparison.Ordinal)
        && !html.Contains("<input", StringComparison.Ordinal)
        && string.IsNullOrWhiteSpace(Tag().Replace(html, ""));

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();
}
