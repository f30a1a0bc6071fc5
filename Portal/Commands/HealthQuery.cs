namespace Portal.Commands;

/// <summary>
/// <c>health</c>: asks the portal on this machine whether it is ready, because the image has no other program that
/// could.
/// </summary>
public static class HealthQuery
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(4);

    public static async Task<int> RunAsync(IConfiguration settings, TextWriter errors)
    {
        var address = Address(settings);
        // On this machine, so never through a proxy.
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = s_timeout };
        try
        {
            using var answer = await http.GetAsync(new Uri(address, "/health/ready"));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            await errors.WriteLineAsync($"No response from the portal at {address.GetLeftPart(UriPartial.Authority)}.");
            return 1;
        }
    }

    /// <summary>The first address that the portal listens at, from this machine.</summary>
    internal static Uri Address(IConfiguration settings) =>
        settings["Urls"]?.Split(';')[0] is { Length: > 0 } url
            ? new Uri(
                url.Replace("*", "127.0.0.1", StringComparison.Ordinal)
                    .Replace("+", "127.0.0.1", StringComparison.Ordinal)
            )
            : new Uri($"http://127.0.0.1:{settings["HTTP_PORTS"]?.Split(';')[0] ?? "8080"}");
}
