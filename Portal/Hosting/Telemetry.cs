using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Portal.Hosting;

/// <summary>Settings <c>Portal:Telemetry:…</c>. Nothing is collected without an endpoint.</summary>
public sealed class TelemetryOptions
{
    /// <summary>An OpenTelemetry collector, such as <c>http://collector:4317</c>.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary><c>grpc</c>, or <c>http/protobuf</c> for a collector's port 4318.</summary>
    public string Protocol { get; set; } = "grpc";

    /// <summary>The share of requests that is traced, from 0 to 1. Metrics count all of them.</summary>
    public double TracedPart { get; set; } = 0.05;
}

public static class Telemetry
{
    private static readonly string[] s_meters =
    [
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.AspNetCore.RateLimiting",
        "System.Net.Http",
        "System.Runtime",
        "Npgsql",
        "Polly",
    ];

    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration settings)
    {
        var options = settings.GetSection("Portal:Telemetry").Get<TelemetryOptions>() ?? new();
        if (options.Endpoint is not { } collector)
        {
            return services;
        }

        var protocol =
            options.Protocol == "http/protobuf"
                ? OpenTelemetry.Exporter.OtlpExportProtocol.HttpProtobuf
                : OpenTelemetry.Exporter.OtlpExportProtocol.Grpc;
        services
            .AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("portal", serviceInstanceId: Environment.MachineName))
            .UseOtlpExporter(protocol, collector)
            .WithMetrics(metrics => metrics.AddMeter(s_meters))
            .WithTracing(traces =>
                traces
                    .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TracedPart)))
                    // Addresses that visitors call contain no token, but a callback's does.
                    .AddAspNetCoreInstrumentation(requests =>
                        requests.Filter = context =>
                            !context.Request.Path.StartsWithSegments("/health")
                            && !context.Request.Path.StartsWithSegments("/api/callbacks")
                    )
                    .AddSource("Npgsql")
            );
        return services;
    }
}
