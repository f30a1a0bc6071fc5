using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Portal.Audit;
using Portal.Hosting;
using Portal.Web;

namespace Portal.Tests.Web;

/// <summary>
/// A download whose rows cannot be read says so: by its status where nothing was sent yet, else by its end.
/// </summary>
public sealed class CsvFileTests : IAsyncLifetime
{
    private readonly WebApplication _app;

    public CsvFileTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new PortalCookies(new PortalOptions { PublicUrl = new("http://localhost/") }));
        _app = builder.Build();
        _app.MapGet("/{good:int}", (int good, HttpContext context) =>
            new CsvFile("rows.csv", ["Number"], RowsAsync(good)).ExecuteResultAsync(
                new ActionContext { HttpContext = context }
            )
        );
    }

    public async ValueTask InitializeAsync() => await _app.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task One_that_fails_at_its_first_row_has_the_status_of_a_failure()
    {
        using var http = new HttpClient { BaseAddress = new(_app.Urls.Single()) };

        using var answer = await http.GetAsync("/0");

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Null(answer.Content.Headers.ContentDisposition);
    }

    [Fact]
    public async Task One_that_fails_later_ends_with_a_line_that_says_so_and_a_broken_connection()
    {
        using var http = new HttpClient { BaseAddress = new(_app.Urls.Single()) };
        using var answer = await http.GetAsync("/3", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var read = new MemoryStream();
        var broken = await Record.ExceptionAsync(() => body.CopyToAsync(read));

        Assert.True(broken is HttpIOException or IOException, $"{broken}");
        var lines = System
            .Text.Encoding.UTF8.GetString(read.ToArray())
            .TrimStart('\ufeff')
            .Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["\"Number\"", "0", "1", "2", $"\"{CsvFile.Incomplete}\""], lines);
    }

    private static async IAsyncEnumerable<object?[]> RowsAsync(int good)
    {
        for (var i = 0; i < good; i++)
        {
            await Task.Yield();
            yield return [i];
        }

        throw new InvalidOperationException("The database went away.");
    }
}
