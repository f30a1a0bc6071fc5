using Microsoft.AspNetCore.Mvc;
using Portal.Inbox;

namespace Portal.Pages.Shared;

/// <summary>How many conversations wait for a person, beside the link to them.</summary>
public sealed class WaitingConversationsViewComponent(InboxService inbox) : ViewComponent
{
    public async Task<IViewComponentResult> InvokeAsync() => View(await inbox.WaitingAsync(HttpContext.RequestAborted));
}
