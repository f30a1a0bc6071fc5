using System.ComponentModel.DataAnnotations;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Portal.Hosting;

/// <summary>Settings <c>Portal:Telemetry:…</c>. Nothing is collected without an endpoint or a metrics token.</summary>
public sealed class TelemetryOptions
{
    /// <summary>An OpenTelemetry collector, such as <c>http://collector:4317</c>.</summary>
    [HttpAddress]
    public Uri? Endpoint { get; set; }

    /// <summary><c>grpc</c>, or <c>http/protobuf</c> for a collector's port 4318.</summary>
    [RegularExpression("grpc|http/protobuf", ErrorMessage = "must be either \"grpc\" or \"http/protobuf\".")]
    public string Protocol { get; set; } = "grpc";

    /// <summary>The share of requests that is traced, from 0 to 1. Metrics count all of them.</summary>
    [Range(0.0, 1.0)]
    public double TracedPart { get; set; } = 0.05;
}

/// <summary>Metrics and traces: pushed to a collector, scraped by Prometheus, or neither.</summary>
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
        "Portal.*",
    ];

    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration settings)
    {
        services.AddSettings<TelemetryOptions>("Portal:Telemetry");
        services.AddSettings<MetricsOptions>("Portal:Metrics");
        if (Read<TelemetryOptions>(settings, "Portal:Telemetry") is not { } options)
        {
            return services;
        }

        var isScraped = !string.IsNullOrEmpty(settings[$"Portal:Metrics:{nameof(MetricsOptions.Token)}"]);
        if (options.Endpoint is null && !isScraped)
        {
            return services;
        }

        var telemetry = services
            .AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource.AddService(
                    "portal",
                    serviceVersion: PortalVersion.Text,
                    serviceInstanceId: Environment.MachineName
                )
            )
            .WithMetrics(metrics => Measure(metrics, isScraped));
        if (options.Endpoint is { IsAbsoluteUri: true } collector)
        {
            telemetry.UseOtlpExporter(Protocol(options), collector).WithTracing(traces => Trace(traces, options));
        }

        return services;
    }

    // Null for a value that cannot be read: startup reports it together with all other invalid settings.
    private static T? Read<T>(IConfiguration settings, string section)
        where T : class, new()
    {
        try
        {
            return settings.GetSection(section).Get<T>() ?? new();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static OtlpExportProtocol Protocol(TelemetryOptions options) =>
        options.Protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;

    private static void Measure(MeterProviderBuilder metrics, bool isScraped)
    {
        metrics.AddMeter(s_meters);
        // Every client has another n8n host: a label with its name would create thousands of series, and reveal who the
        // clients are.
        metrics.AddView(
            "http.client.*",
            new MetricStreamConfiguration
            {
                TagKeys = ["http.request.method", "http.response.status_code", "error.type", "http.connection.state"],
            }
        );
        if (isScraped)
        {
            metrics.AddPrometheusExporter();
        }
    }

    private static void Trace(TracerProviderBuilder traces, TelemetryOptions options) =>
        traces
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TracedPart)))
            // Addresses that visitors call contain no token, but a callback's does.
            .AddAspNetCoreInstrumentation(requests =>
                requests.Filter = context =>
                    !context.Request.Path.StartsWithSegments("/health")
                    && !context.Request.Path.StartsWithSegments("/metrics")
                    && !context.Request.Path.StartsWithSegments("/api/callbacks")
            )
            .AddSource("Npgsql");
}
