using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using NetArchTest.Rules;
using Portal.Model;

namespace Portal.Tests.Architecture;

/// <summary>Who may reach what is said in one place each.</summary>
public sealed class AccessTests
{
    /// <summary>
    /// What works over all clients: the agency's pages, its programs, deletion for both, and the seed of an empty
    /// database.
    /// </summary>
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

    /// <summary>Code that runs within somebody's request.</summary>
    private static readonly string[] s_requests = ["Portal.Pages", "Portal.Api", "Portal.Web"];

    [Fact]
    public void No_request_takes_the_jobs_view_over_all_clients()
    {
        var taking = Types
            .InAssembly(typeof(Program).Assembly)
            .That()
            .HaveDependencyOn(typeof(JobsDb).FullName)
            .GetTypes()
            .Select(type => type.FullName!)
            .ToList();

        Assert.NotEmpty(taking);
        Assert.DoesNotContain(taking, type => s_requests.Any(of => IsIn(type, of)));
    }

    /// <summary>Where EF does not fit, for the reasons in docs/architecture.md.</summary>
    private static readonly string[] s_commands =
    [
        "Chat/Journal/JournalBatch.cs",
        "Chat/Journal/JournalKind.cs",
        "Data/DatabaseHealth.cs",
        "Data/DatabaseRoles.cs",
        "Data/Migrations.cs",
        "Data/RowSecurityCheck.cs",
        "Data/SessionSettingInterceptor.cs",
        "Data/Signals.cs",
        "Keys/DataProtectionBootstrap.cs",
        "Secrets/MasterKey.cs",
    ];

    [Fact]
    public void Commands_are_made_by_hand_only_where_EF_does_not_fit()
    {
        var making = Directory
            .EnumerateFiles(RepositoryPaths.Portal, "*.cs", SearchOption.AllDirectories)
            .Where(file => s_commandTypes.Any(File.ReadAllText(file).Contains))
            .Select(file => Path.GetRelativePath(RepositoryPaths.Portal, file).Replace('\\', '/'))
            .Where(file => !file.StartsWith("obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

        Assert.Equal(s_commands, making);
    }

    private static readonly string[] s_commandTypes = ["CreateCommand(", "NpgsqlCommand", "NpgsqlBatch"];

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
