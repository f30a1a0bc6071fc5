using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using OpenTelemetry.Metrics;
using Portal.Audit;
using Portal.Tests.Api;

namespace Portal.Tests.Hosting;

public sealed class TelemetryTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public async Task With_a_collector_set_the_portal_tells_it_what_became_of_messages_and_never_what_was_said()
    {
        var told = new TaskCompletionSource<string>();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await using var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var text = Encoding.UTF8.GetString(body.ToArray());
            // On a busy machine the first report may leave before the answer came.
            if (
                context.Request.Path == "/v1/metrics"
                && text.Contains("portal.messages", StringComparison.Ordinal)
                && text.Contains("answered", StringComparison.Ordinal)
            )
            {
                told.TrySetResult(text);
            }
        });
        await collector.StartAsync();
        await using var n8n = await N8n.StartAsync();
        await using var replica = await portal.ReplicaAsync(
            ("Portal:Telemetry:Endpoint", collector.Urls.Single()),
            ("Portal:Telemetry:Protocol", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200")
        );
        var shop = await portal.NewWidgetAsync(n8n.Url);

        await (await replica.Guest(shop).OpenAsync()).AskAsync("A most private matter");

        var metrics = await told.Task.Patiently();
        Assert.Contains("portal.journal.batch.size", metrics, StringComparison.Ordinal);
        Assert.Contains("answered", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("private matter", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_collector_nothing_is_collected() =>
        Assert.Null(portal.Services.GetService(typeof(MeterProvider)));
}
