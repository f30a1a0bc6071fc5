using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using NetArchTest.Rules;
using Portal.Model;

namespace Portal.Tests.Architecture;

/// <summary>Who may reach what is said in one place each.</summary>
public sealed class AccessTests
{
    /// <summary>What works over all clients: the agency's pages, its programs, deletion for both, and the seed of an empty database.</summary>
    private static readonly string[] s_agencys =
    [
        "Portal.Pages.Admin",
        "Portal.Api.AdminApi",
        "Portal.Deletion.BulkDeletion",
        "Portal.Deletion.ChatLogDeletion",
        "Portal.Sample.DemoSeed",
        "Portal.Data.DatabaseServices",
        "Portal.Data.AgencySessionInterceptor",
        "Portal.Model.AgencyDb",
    ];

    [Fact]
    public void Only_the_agencys_code_takes_the_view_over_all_clients()
    {
        var taking = Types
            .InAssembly(typeof(Program).Assembly)
            .That()
            .HaveDependencyOn(typeof(AgencyDb).FullName)
            .GetTypes()
            .Select(type => type.FullName!)
            .ToList();

        Assert.NotEmpty(taking);
        Assert.DoesNotContain(taking, type => !s_agencys.Any(of => IsIn(type, of)));
        Assert.DoesNotContain(s_agencys, of => !taking.Any(type => IsIn(type, of)) && of != typeof(AgencyDb).FullName);
    }

    // A namespace, or a type with what the compiler nests in it.
    private static bool IsIn(string type, string of) =>
        type == of
        || type.StartsWith(of + ".", StringComparison.Ordinal)
        || type.StartsWith(of + "/", StringComparison.Ordinal)
        || type.StartsWith(of + "+", StringComparison.Ordinal);

    [Fact]
    public void No_code_lifts_the_filter_by_client()
    {
        var lifting = Directory
            .EnumerateFiles(RepositoryPaths.Portal, "*.cs", SearchOption.AllDirectories)
            .Where(file =>
                !Path.GetRelativePath(RepositoryPaths.Portal, file).StartsWith("obj", StringComparison.Ordinal)
            )
            .SelectMany(File.ReadLines)
            .Where(line => line.Contains("IgnoreQueryFilters(", StringComparison.Ordinal));

        Assert.All(lifting, line =>
            Assert.Contains($"[{nameof(PortalDb)}.{nameof(PortalDb.DeletedFilter)}]", line, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Who_may_enter_a_page_is_said_in_PageConventions_and_nowhere_else()
    {
        var pages = typeof(Program).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(PageModel))).ToList();

        Assert.NotEmpty(pages);
        Assert.DoesNotContain(pages, page =>
            page.IsDefined(typeof(AuthorizeAttribute), inherit: true)
            || page.GetMethods().Any(method => method.IsDefined(typeof(AuthorizeAttribute), inherit: true))
        );
    }

    [Fact]
    public void No_pages_code_asks_itself_who_manages_a_client()
    {
        // What is shown to an owner alone is the page's own business; what an owner alone may do is not.
        var asking = Directory
            .EnumerateFiles(Path.Combine(RepositoryPaths.Portal, "Pages"), "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("!User.Manages", StringComparison.Ordinal));

        Assert.Empty(asking.Select(Path.GetFileName));
    }
}
