using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;

namespace Portal.Tests.Sweep;

/// <summary>
/// One thing that can be asked of the portal, and the ids that it takes besides those in its address.
/// </summary>
public sealed record Asked(string Method, string Route, string Handler, IReadOnlyList<string> Ids)
{
    public bool IsFor(Row row) =>
        row.Method == Method && row.Route == Route && row.Handler.Equals(Handler, StringComparison.OrdinalIgnoreCase);

    public bool IsMetBy(Row row) => IsFor(row) && Ids.All(row.Names);

    public override string ToString() =>
        $"{Method} {Route}{(Handler.Length > 0 ? $"?handler={Handler}" : "")}{(Ids.Count > 0 ? $" with {string.Join(", ", Ids)}" : "")}";
}

public static partial class Endpoints
{
    /// <summary>Every endpoint and every handler of every page, as the running portal knows them.</summary>
    public static async Task<IReadOnlyList<Asked>> AskedAsync(this PortalApp portal)
    {
        var loader = portal.Services.GetRequiredService<PageLoader>();
        var asked = new List<Asked>();
        foreach (
            var endpoint in portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        )
        {
            var route = Parameter().Replace("/" + endpoint.RoutePattern.RawText!.TrimStart('/'), "{}");
            if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is { } page)
            {
                // The last id may be left out: the same handler at two addresses, and what it takes besides is asked of
                // one.
                var handlers = Handlers(await loader.LoadAsync(page, endpoint.Metadata), route).ToList();
                var isOptional = endpoint.RoutePattern.Parameters is [.., { IsOptional: true }];
                asked.AddRange(
                    isOptional
                        ? handlers.SelectMany(one =>
                            new[]
                            {
                                one with
                                {
                                    Ids = [],
                                },
                                one with
                                {
                                    Route = one.Route[..one.Route.LastIndexOf('/')],
                                },
                            }
                        )
                        : handlers
                );
            }
            else if (
                endpoint.Metadata.GetMetadata<StaticAssetDescriptor>() is null
                && !route.StartsWith("/{}", StringComparison.Ordinal)
            )
            {
                asked.AddRange(
                    (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(
                        method => new Asked(method, route, "", [])
                    )
                );
            }
        }

        return [.. asked.DistinctBy(one => one.ToString())];
    }

    // A page without a handler for GET is shown all the same.
    private static IEnumerable<Asked> Handlers(CompiledPageActionDescriptor page, string route)
    {
        // OnPageHandlerExecutionAsync, which runs before the handlers, looks like one for a verb "Page".
        var methods = page
            .HandlerMethods.Where(handler => handler.HttpMethod != "Page")
            .Select(handler =>
                (
                    Method: handler.HttpMethod.ToUpperInvariant(),
                    Name: handler.Name ?? "",
                    Ids: handler.Parameters.SelectMany(parameter =>
                        Ids(parameter.ParameterType, parameter.BindingInfo?.BinderModelName ?? parameter.Name)
                    )
                )
            )
            .ToList();
        if (!methods.Any(handler => handler.Method == "GET"))
        {
            methods.Add(("GET", "", []));
        }

        var inRoute = Parameter()
            .Matches(page.AttributeRouteInfo!.Template!)
            .Select(match => match.Groups[1].Value)
            .ToList();
        foreach (var (method, name, ids) in methods)
        {
            var bound = page
                .BoundProperties.Where(property =>
                    method != "GET" || property.BindingInfo?.RequestPredicate is null || IsBoundByGet(property)
                )
                .SelectMany(property =>
                    Ids(property.ParameterType, property.BindingInfo?.BinderModelName ?? property.Name)
                );
            yield return new(
                method,
                route,
                name,
                [.. ids.Concat(bound).Where(id => !inRoute.Contains(id, StringComparer.OrdinalIgnoreCase)).Distinct()]
            );
        }
    }

    private static bool IsBoundByGet(ParameterDescriptor property) =>
        property is PageBoundPropertyDescriptor { Property: var member }
        && member
            .GetCustomAttributes(typeof(Microsoft.AspNetCore.Mvc.BindPropertyAttribute), true)
            .OfType<Microsoft.AspNetCore.Mvc.BindPropertyAttribute>()
            .Any(bind => bind.SupportsGet);

    private static IEnumerable<string> Ids(Type type, string name)
    {
        var of =
            type.IsArray ? type.GetElementType()!
            : type.IsGenericType ? type.GetGenericArguments()[0]
            : type;
        return of == typeof(Guid) ? [name]
            : of.Assembly == typeof(Program).Assembly && of is { IsEnum: false }
                ? of.GetProperties()
                    .Where(property => property.CanWrite)
                    .SelectMany(property => Ids(property.PropertyType, NameOf(property, name)))
            : [];
    }

    // A field that names itself does without the prefix of what it belongs to.
    private static string NameOf(PropertyInfo property, string prefix) =>
        property.GetCustomAttributes(true).OfType<IModelNameProvider>().FirstOrDefault()?.Name
        ?? $"{prefix}.{property.Name}";

    [GeneratedRegex(@"\{\**([A-Za-z]+)[^}]*\}")]
    private static partial Regex Parameter();
}
