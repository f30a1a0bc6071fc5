using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Portal.Tests.Architecture;

/// <summary>Who may reach what is said in one place each.</summary>
public sealed class AccessTests
{
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
