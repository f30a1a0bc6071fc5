using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Widgets;

/// <summary>Changes with what is live and with the draft, whoever changed them.</summary>
public static class WidgetEditVersion
{
    public static string Of(Widget widget) =>
        ConcurrentEdits.VersionOf($"{widget.Version}", widget.Config.ToJson(), widget.Draft?.ToJson());
}
