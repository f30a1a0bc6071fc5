using Microsoft.AspNetCore.Mvc;
using Portal.Model;

namespace Portal.Pages.Shared;

/// <summary>The bar over every page that an admin sees through a client's eyes.</summary>
public sealed class ViewingViewComponent(CurrentClient current) : ViewComponent
{
    public sealed record Shown(Guid Id, string Business);

    public async Task<IViewComponentResult> InvokeAsync() =>
        await current.FindAsync(HttpContext.RequestAborted) is { } client
            ? View(new Shown(client.Id, client.Business))
            : Content("");
}
