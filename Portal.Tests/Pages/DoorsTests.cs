using System.Net;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Web;

namespace Portal.Tests.Pages;

/// <summary>Every page there is, found by itself: a new one is closed until it is written down here.</summary>
public sealed class DoorsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private static readonly string[] s_open =
    [
        "/account/sign-in",
        "/account/reset",
        "/account/forgot",
        "/account/welcome",
        "/account/setup",
        "/account/sign-up",
        "/account/email/confirm",
        "/account/email/verify",
        "/account/theme",
        "/error",
    ];

    // A notice about privacy is for visitors of clients' websites.
    private static readonly string[] s_openFolders = ["/privacy", "/alerts", "/demo/"];

    [Fact]
    public async Task The_signed_out_are_asked_to_sign_in_whichever_page_they_open()
    {
        Assert.NotEmpty(Pages());

        foreach (var page in Pages().Where(page => !IsOpen(page)))
        {
            var visitor = portal.SignedOut();
            await visitor.OpenAsync(page);
            Assert.True(
                visitor.Path == AccessPolicies.SignInPath,
                $"{page} answered {visitor.Status} to somebody signed out."
            );
        }
    }

    [Fact]
    public async Task No_page_takes_a_form_that_is_not_ours()
    {
        var owner = await portal.SignedInAsync(await portal.NewOwnerAsync());
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());

        foreach (var page in Pages().Where(page => page is not ("/error" or "/alerts/stop")))
        {
            var visitor = page.StartsWith("/admin", StringComparison.Ordinal) ? admin : owner;
            await visitor.PostAsync(page);
            Assert.True(
                visitor.Status == HttpStatusCode.BadRequest,
                $"{page} answered {visitor.Status} to a form without our token."
            );
        }
    }

    [Fact]
    public async Task The_agency_sees_no_clients_pages_without_being_of_the_client()
    {
        var admin = await portal.SignedInAsync(await portal.NewUserAsync());

        string[] folders = ["/dashboard", "/widgets", "/conversations", "/analytics", "/errors"];

        foreach (
            var page in Pages().Where(page => folders.Any(folder => page.StartsWith(folder, StringComparison.Ordinal)))
        )
        {
            await admin.OpenAsync(page);
            Assert.True(admin.Status == HttpStatusCode.Forbidden, $"{page} answered {admin.Status} to an admin.");
        }
    }

    private static bool IsOpen(string page) =>
        s_open.Contains(page) || s_openFolders.Any(folder => page.StartsWith(folder, StringComparison.Ordinal));

    private IReadOnlyList<string> Pages() =>
        [
            .. portal
                .Services.GetRequiredService<EndpointDataSource>()
                .Endpoints.OfType<RouteEndpoint>()
                .Where(endpoint => endpoint.Metadata.GetMetadata<PageActionDescriptor>() is not null)
                .Select(endpoint => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(Filled)))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    private static string Filled(Microsoft.AspNetCore.Routing.Patterns.RoutePatternPathSegment segment) =>
        string.Concat(
            segment.Parts.Select(part =>
                part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal
                    ? literal.Content
                    : Guid.CreateVersion7().ToString()
            )
        );
}
