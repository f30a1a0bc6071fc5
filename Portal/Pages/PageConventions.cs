using Microsoft.AspNetCore.Mvc.ApplicationModels;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Web;

namespace Portal.Pages;

/// <summary>
/// Authorization by folder, so that no page in it can be forgotten; a page with stricter rules has an attribute. A page that no line names
/// requires a signed-in person.
/// </summary>
public static class PageConventions
{
    public static IServiceCollection AddPageConventions(this IServiceCollection services) =>
        // Must run afterwards, because AddRazorPages begins with an empty list wherever it is called.
        services.PostConfigure<RazorPagesOptions>(pages =>
        {
            pages
                .Conventions.AuthorizeFolder("/Admin", AccessPolicies.Admin)
                .AuthorizeFolder("/Dashboard", AccessPolicies.Client)
                .AuthorizeFolder("/Widgets", AccessPolicies.Client)
                .AuthorizeFolder("/Conversations", AccessPolicies.Client)
                .AuthorizeFolder("/Errors", AccessPolicies.Client)
                .AuthorizeFolder("/Demos", AccessPolicies.Client)
                .AuthorizeFolder("/Audit", AccessPolicies.Owner)
                .AuthorizeFolder("/Settings", AccessPolicies.Owner)
                .AuthorizeFolder("/Team", AccessPolicies.Client)
                .AuthorizeFolder("/Analytics", AccessPolicies.Client);

            // The addresses of these pages name their client, whoever is signed in in that browser.
            pages.Conventions.AddFolderApplicationModelConvention("/Demo", page =>
                page.EndpointMetadata.Add(new NamesItsClient())
            );
            pages.Conventions.AddFolderApplicationModelConvention("/Alerts", page =>
                page.EndpointMetadata.Add(new NamesItsClient())
            );
        });
}
