using System.Globalization;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace Portal.Web;

[HtmlTargetElement("local-time", TagStructure = TagStructure.WithoutEndTag)]
public sealed class LocalTimeTagHelper(TimeProvider clock) : TagHelper
{
    private static readonly CultureInfo English = CultureInfo.GetCultureInfo("en-GB");

    public DateTimeOffset? At { get; set; }

    public required TimeZoneInfo Zone { get; set; }

    public Precision As { get; set; }

    public enum Precision
    {
        /// <summary>Only the time today, the day before that.</summary>
        Short,

        /// <summary>Day and time, in words where possible: <c>today, 10:41</c>.</summary>
        Moment,

        /// <summary>Within a sentence: <c>10:41</c>, or <c>21 Nov, 10:41</c>.</summary>
        Plain,

        /// <summary><c>10:41:07</c></summary>
        Seconds,
    }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (At is not { } at)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "time";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute(
            "datetime",
            at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
        );
        output.Attributes.SetAttribute("title", at.UtcDateTime.ToString("d MMM yyyy, HH:mm:ss 'UTC'", English));
        output.Content.SetContent(
            Text(TimeZoneInfo.ConvertTime(at, Zone), TimeZoneInfo.ConvertTime(clock.GetUtcNow(), Zone))
        );
    }

    private string Text(DateTimeOffset at, DateTimeOffset now)
    {
        var days = (now.Date - at.Date).Days;
        var day = at.ToString(at.Year == now.Year ? "d MMM" : "d MMM yyyy", English);
        return (As, days) switch
        {
            (Precision.Seconds, _) => at.ToString("HH:mm:ss", English),
            (Precision.Short or Precision.Plain, 0) => at.ToString("HH:mm", English),
            (Precision.Short, _) => day,
            (Precision.Plain, _) => $"{day}, {at.ToString("HH:mm", English)}",
            (_, 0) => $"today, {at.ToString("HH:mm", English)}",
            (_, 1) => $"yesterday, {at.ToString("HH:mm", English)}",
            _ => $"{day}, {at.ToString("HH:mm", English)}",
        };
    }
}
