using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Pages.Admin.Clients;
using Portal.Pages.Admin.Status;
using Portal.Web;

namespace Portal.Pages;

/// <summary>
/// Who may enter which area, and who may change something there. By folder, so that no page in it can be forgotten; a
/// page that is stricter than its folder is named here too. A page that no line names is for anybody signed in.
/// </summary>
public static class PageConventions
{
    public static IServiceCollection AddPageConventions(this IServiceCollection services) =>
        // Afterwards, since AddRazorPages begins with an empty list wherever it stands.
        services
            .AddScoped<OtherClients>()
            .AddScoped<SystemStatus>()
            .PostConfigure<RazorPagesOptions>(pages =>
            {
                pages
                    .Conventions.AuthorizeFolder("/Admin", AccessPolicies.Admin)
                    .AuthorizeFolder("/Dashboard", AccessPolicies.Client)
                    .AuthorizeFolder("/Widgets", AccessPolicies.Client)
                    .AuthorizeFolder("/Conversations", AccessPolicies.Client)
                    .AuthorizeFolder("/Improve", AccessPolicies.Client)
                    .AuthorizeFolder("/WebhookErrors", AccessPolicies.Client)
                    .AuthorizeFolder("/Demos", AccessPolicies.Client)
                    .AuthorizeFolder("/Audit", AccessPolicies.Owner)
                    .AuthorizeFolder("/Settings", AccessPolicies.Owner)
                    .AuthorizeFolder("/Team", AccessPolicies.Client)
                    .AuthorizeFolder("/Analytics", AccessPolicies.Client)
                    .AuthorizePage("/Team/Index", AccessPolicies.OwnerChanges)
                    .AuthorizePage("/Team/Person", AccessPolicies.Owner)
                    .AuthorizePage("/Conversations/Erase", AccessPolicies.Owner)
                    .AuthorizePage("/Widgets/Settings/Delete", AccessPolicies.Owner);

                // Links to these name their client, whoever is signed in in that browser.
                pages.Conventions.AddFolderApplicationModelConvention("/PublicDemo", page =>
                    page.EndpointMetadata.Add(new NamesItsClient())
                );
                pages.Conventions.AddFolderApplicationModelConvention("/Alerts", page =>
                    page.EndpointMetadata.Add(new NamesItsClient())
                );
            });
}
