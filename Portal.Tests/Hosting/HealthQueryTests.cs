using Microsoft.Extensions.Configuration;
using Portal.Commands;

namespace Portal.Tests.Hosting;

public sealed class HealthQueryTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Theory]
    [InlineData(null, null, "http://127.0.0.1:8080/")]
    [InlineData(null, "5000", "http://127.0.0.1:5000/")]
    [InlineData("http://*:8081", "5000", "http://127.0.0.1:8081/")]
    [InlineData("http://+:8081;https://+:8443", null, "http://127.0.0.1:8081/")]
    [InlineData("http://localhost:5080", null, "http://localhost:5080/")]
    public void It_asks_where_the_portal_listens(string? urls, string? ports, string address) =>
        Assert.Equal(address, HealthQuery.Address(Settings(("Urls", urls), ("HTTP_PORTS", ports))).ToString());

    [Fact]
    public async Task It_says_whether_the_portal_is_ready()
    {
        using var errors = new StringWriter();

        Assert.Equal(0, await HealthQuery.RunAsync(Settings(("Urls", portal.Url.ToString())), errors));
        Assert.Empty(errors.ToString());
        Assert.Equal(1, await HealthQuery.RunAsync(Settings(("Urls", "http://127.0.0.1:1")), errors));
        Assert.Equal("No response from the portal at http://127.0.0.1:1.", errors.ToString().Trim());
    }

    private static IConfiguration Settings(params IEnumerable<(string Key, string? Value)> settings) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value))
            .Build();
}
