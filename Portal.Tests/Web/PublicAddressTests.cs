using System.Net;
using System.Security.Cryptography;
using Portal.Audit;
using Portal.Tests.Data;

namespace Portal.Tests.Web;

/// <summary>The portal is where its setting says, whatever host a request names.</summary>
public sealed class PublicAddressTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Evil = "evil.example";

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/widgets?page=2")]
    [InlineData("/admin/clients")]
    [InlineData("/")]
    [InlineData("/account/sign-out")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/nowhere")]
    public async Task A_made_up_host_is_in_no_redirect_and_in_no_answer(string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = portal.Url,
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = Evil } };

        using var answer = await http.SendAsync(request);

        Assert.DoesNotContain(
            Evil,
            $"{answer.Headers} {answer.Content.Headers} {await answer.Content.ReadAsStringAsync()}",
            StringComparison.OrdinalIgnoreCase
        );
        Assert.False(
            answer.Headers.Location?.IsAbsoluteUri == true && answer.Headers.Location.Authority != portal.Url.Authority,
            $"{answer.Headers.Location}"
        );
    }

    [Fact]
    public async Task In_production_an_unknown_host_is_refused_and_probes_may_ask_by_address()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var production = await PlainPortal.StartAsync(
            "Production",
            [
                .. database.Settings.Select(setting => (setting.Key, setting.Value)),
                ("Portal:MasterKey", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))),
                ("Portal:OtherHosts:0", "cdn.example.com"),
            ]
        );

        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/account/sign-in", null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/account/sign-in", "CDN.example.com"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/account/sign-in", Evil));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/dashboard", "127.0.0.1"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("/widget.js", $"{Evil}:443"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/health/live", "10.0.0.7:8080"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/health/ready", "127.0.0.1"));

        async Task<HttpStatusCode> StatusAsync(string path, string? host)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            using var answer = await production.Http.SendAsync(request);
            Assert.True(
                answer.StatusCode != HttpStatusCode.BadRequest
                    || (await answer.Content.ReadAsStringAsync()).StartsWith(
                        "This server is not known",
                        StringComparison.Ordinal
                    )
            );
            return answer.StatusCode;
        }
    }
}
