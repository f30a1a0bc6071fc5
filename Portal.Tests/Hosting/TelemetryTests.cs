using System.Collections.Concurrent;
using System.Diagnostics;
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
        await using var collector = await CollectorAsync("/v1/metrics", body =>
        {
            var text = Encoding.UTF8.GetString(body);
            // On a busy machine the first report may leave before the answer came.
            if (
                text.Contains("portal.messages", StringComparison.Ordinal)
                && text.Contains("answered", StringComparison.Ordinal)
            )
            {
                told.TrySetResult(text);
            }
        });
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
    public async Task A_webhook_call_carries_the_trace_that_the_collector_gets()
    {
        var reported = new ConcurrentQueue<byte[]>();
        await using var collector = await CollectorAsync("/v1/traces", reported.Enqueue);
        await using var n8n = await N8n.StartAsync();
        await using var replica = await portal.ReplicaAsync(
            ("Portal:Telemetry:Endpoint", collector.Urls.Single()),
            ("Portal:Telemetry:Protocol", "http/protobuf"),
            ("Portal:Telemetry:TracedPart", "1"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200")
        );
        var guest = await replica.Guest(await portal.NewWidgetAsync(n8n.Url)).OpenAsync();

        await guest.AskAsync("A most private matter");

        // Version, trace, span, and 01 for a trace that is recorded: https://www.w3.org/TR/trace-context/
        var trace = n8n.Headers["traceparent"].Split('-') is ["00", var id, _, "01"] ? id : "";
        Assert.Equal(32, trace.Length);
        await Timeouts.UntilAsync(() =>
            Task.FromResult(reported.Any(spans => spans.AsSpan().IndexOf(Convert.FromHexString(trace)) >= 0))
        );
        Assert.DoesNotContain(reported, spans => spans.AsSpan().IndexOf("private matter"u8) >= 0);
    }

    [Fact]
    public async Task Without_a_collector_a_webhook_call_carries_the_trace_of_the_visitors_request()
    {
        await using var n8n = await N8n.StartAsync();
        var guest = await portal.Guest(await portal.NewWidgetAsync(n8n.Url)).OpenAsync();
        using var visitor = new Activity("a visitor's request").SetIdFormat(ActivityIdFormat.W3C).Start();

        await guest.AskAsync("Do you sell lamps?");

        Assert.StartsWith($"00-{visitor.TraceId}-", n8n.Headers["traceparent"], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_collector_nothing_is_collected() =>
        Assert.Null(portal.Services.GetService(typeof(MeterProvider)));

    private static async Task<WebApplication> CollectorAsync(string path, Action<byte[]> report)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var collector = builder.Build();
        collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            if (context.Request.Path == path)
            {
                report(body.ToArray());
            }
        });
        await collector.StartAsync();
        return collector;
    }
}
