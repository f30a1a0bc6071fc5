using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Tests.Pages;
using Portal.Web;

namespace Portal.Tests.Sweep;

/// <summary>
/// What no browser sends, at every address in the table of the sweep: never a fault of ours, and words instead of a
/// broken answer.
/// </summary>
[Trait("Speed", "slow")]
public sealed class HostileRequestsTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private static readonly string[] s_values =
    [
        "%00",
        "a%00b",
        "0001-01-01",
        "9999-12-31",
        "9999-12-30",
        "-1",
        "2147483648",
        "1e400",
        "%E2%80%A8",
        "%ED%A0%80",
        "%FF",
        "'%22%3C",
        "%25%5C_",
        "00000000-0000-0000-0000-000000000000",
        "9223372036854775807_00000000000000000000000000000000",
        "3155378975999999999_00000000000000000000000000000000",
        "0_00000000000000000000000000000000",
        new('x', 3000),
    ];

    private static IEnumerable<Row> Pages =>
        Row.All.Where(row => row.Method == "GET" && !row.Path.StartsWith("/health", StringComparison.Ordinal));

    [Fact]
    public async Task No_value_of_a_parameter_breaks_a_page_or_an_export()
    {
        var names = await NamesAsync();
        foreach (var template in Pages)
        {
            var world = await World.NewAsync(portal, template.Things);
            var row = template.With(world.Things);
            var caller = await world.CallerAsync(
                template.Expect("admin") == "ok" && template.Expect("owner") != "ok" ? "admin" : "owner"
            );
            foreach (var name in names.GetValueOrDefault(template.Route, []))
            {
                foreach (var value in s_values)
                {
                    await AskAsync(
                        caller,
                        HttpMethod.Get,
                        $"{row.Path}{(row.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{name}={value}"
                    );
                    Assert.True(
                        !value.Contains("%00", StringComparison.Ordinal) || caller.Status == HttpStatusCode.BadRequest,
                        $"{row} {name}={value}: {caller.Status}"
                    );
                }
            }
        }
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("PROPFIND")]
    [InlineData("PATCH")]
    [InlineData("X")]
    public async Task A_method_that_nothing_knows_is_refused_with_those_that_are_known(string method)
    {
        foreach (
            var path in new[] { "/", "/account/sign-in", "/dashboard", "/nowhere", "/api/admin/widgets", "/widget.js" }
        )
        {
            var visitor = portal.SignedOut();
            await visitor.SendAsync(new HttpRequestMessage(new(method), path));

            Assert.True(visitor.Status == HttpStatusCode.MethodNotAllowed, $"{path}: {visitor.Status}");
            Assert.Contains("GET", visitor.Response.Content.Headers.Allow);
            AssertWords(visitor, path);
        }
    }

    [Fact]
    public async Task A_form_that_cannot_be_read_is_refused_in_words()
    {
        var owner = await portal.SignedInAsync(await portal.NewOwnerAsync());
        var stranger = portal.SignedOut();
        foreach (
            var (visitor, path) in new[]
            {
                (owner, "/team"),
                (owner, "/settings/alerts"),
                (owner, "/widgets/new"),
                (stranger, "/account/sign-in"),
                (stranger, "/account/forgot"),
            }
        )
        {
            await SendAsync(
                new StringContent("Input.Name=a%00b", Encoding.ASCII, "application/x-www-form-urlencoded"),
                HttpStatusCode.BadRequest
            );
            await SendAsync(
                new StringContent("a%00b=x", Encoding.ASCII, "application/x-www-form-urlencoded"),
                HttpStatusCode.BadRequest
            );
            await SendAsync(
                new StringContent(
                    string.Join('&', Enumerable.Range(0, 2_000).Select(i => $"f{i}=x")),
                    Encoding.ASCII,
                    "application/x-www-form-urlencoded"
                ),
                HttpStatusCode.BadRequest
            );
            await SendAsync(
                new StringContent($"{new string('k', 5_000)}=x", Encoding.ASCII, "application/x-www-form-urlencoded"),
                HttpStatusCode.BadRequest
            );
            var broken = new StringContent(
                "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
                Encoding.ASCII
            );
            broken.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(
                "multipart/form-data; boundary=x"
            );
            await SendAsync(broken, HttpStatusCode.BadRequest);
            var unbounded = new StringContent("--x--", Encoding.ASCII);
            unbounded.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data");
            await SendAsync(unbounded, HttpStatusCode.BadRequest);

            async Task SendAsync(HttpContent content, HttpStatusCode status)
            {
                await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = content });
                Assert.True(visitor.Status == status, $"{path}: {visitor.Status}");
                AssertWords(visitor, path);
            }
        }
    }

    [Fact]
    public async Task A_body_over_the_cap_is_told_so()
    {
        // It only says how much will come: a client that goes on sending may find the connection closed before it reads
        // the answer.
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(portal.Url.Host, portal.Url.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /account/sign-in HTTP/1.1\r\nHost: {portal.Url.Authority}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9437184\r\nConnection: close\r\n\r\n"
            )
        );
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1));

        Assert.StartsWith("HTTP/1.1 413 ", answer, StringComparison.Ordinal);
        Assert.Contains("<h1>This is too large</h1>", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/%E2%80%A8/x", "/%E2%80%A8/x")]
    [InlineData("/%C3%A9?q=%F0%9F%98%80", "/%C3%A9")]
    [InlineData("/dashboard", "/dashboard")]
    public async Task Signing_in_leads_back_to_any_address_of_ours(string back, string path)
    {
        var user = await portal.NewOwnerAsync();

        var visitor = await portal.SigningInAsync(user.Email!, People.Password, $"?returnUrl={back}");

        Assert.True(
            visitor.Path == path && (int)visitor.Status < 500,
            $"{visitor.Address}: {visitor.Status} {visitor.Text("main")}"
        );
    }

    [Theory]
    [InlineData("Europe//Paris")]
    [InlineData("../Europe/Paris")]
    [InlineData("Europe/Paris/")]
    [InlineData("europe/paris")]
    [InlineData("posix/Europe/Paris")]
    [InlineData("right/Europe/Paris")]
    [InlineData("Europe/./Paris")]
    [InlineData("Europe/Atlantis")]
    [InlineData("localtime")]
    [InlineData(" Europe/Paris")]
    public void A_time_zone_is_called_by_its_name(string zone) => Assert.False(TimeZones.TryFind(zone, out _));

    [Theory]
    [InlineData("Europe/Paris")]
    [InlineData("America/Argentina/Buenos_Aires")]
    [InlineData("America/Port-au-Prince")]
    [InlineData("UTC")]
    public void The_zones_that_people_choose_are_found(string zone) => Assert.True(TimeZones.TryFind(zone, out _));

    private static async Task AskAsync(Visitor caller, HttpMethod method, string path)
    {
        try
        {
            await caller.SendAsync(new HttpRequestMessage(method, path));
        }
        catch (HttpRequestException broken)
        {
            Assert.Fail($"{path} broke off: {broken.Message}");
        }

        Assert.True((int)caller.Status < 500, $"{path}: {caller.Status}");
        AssertWords(caller, path);
    }

    // A page, a fragment, a file or a problem: never nothing.
    private static void AssertWords(Visitor visitor, string path)
    {
        if ((int)visitor.Status >= 400)
        {
            Assert.True(
                visitor.Shows("h1") || visitor.Body.Contains("\"title\"", StringComparison.Ordinal),
                $"{path}: {visitor.Status} without a word."
            );
        }
    }

    private async Task<Dictionary<string, string[]>> NamesAsync()
    {
        var loader = portal.Services.GetRequiredService<PageLoader>();
        var names = new Dictionary<string, string[]>();
        foreach (
            var endpoint in portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        )
        {
            if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is { } page)
            {
                var model = (await loader.LoadAsync(page, endpoint.Metadata)).ModelTypeInfo!;
                var handler = model
                    .GetMethods()
                    .Where(method => method.Name.StartsWith("OnGet", StringComparison.Ordinal))
                    .SelectMany(method => method.GetParameters())
                    .Where(parameter => parameter.ParameterType != typeof(CancellationToken))
                    .Select(parameter => parameter.Name!);
                var route = System.Text.RegularExpressions.Regex.Replace(
                    "/" + endpoint.RoutePattern.RawText!.TrimStart('/'),
                    @"\{[^}]+\}",
                    "{}"
                );
                names[route] =
                [
                    .. model
                        .GetProperties()
                        .Where(property => property.GetCustomAttribute<BindPropertyAttribute>()?.SupportsGet == true)
                        .SelectMany(Names)
                        .Concat(handler)
                        .Distinct(),
                ];
            }
        }

        return names;
    }

    private static IEnumerable<string> Names(PropertyInfo property)
    {
        var parts = property
            .PropertyType.GetProperties()
            .Select(part => part.GetCustomAttribute<FromQueryAttribute>()?.Name)
            .OfType<string>()
            .ToList();
        return parts.Count > 0 ? parts : [property.GetCustomAttribute<BindPropertyAttribute>()!.Name ?? property.Name];
    }
}
