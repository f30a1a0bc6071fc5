using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Portal.Hosting;

namespace Portal.Api;

/// <summary>The OpenAPI document of the APIs, generated from the endpoints.</summary>
public static class ApiDescription
{
    private const string Bearer = "accessToken";

    public static IServiceCollection AddApiDescription(this IServiceCollection services) =>
        services.AddOpenApi("v1", document =>
        {
            document.ShouldInclude = call => call.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
            document.AddDocumentTransformer(
                (description, context, _) =>
                {
                    var portal = context.ApplicationServices.GetRequiredService<PortalOptions>();
                    description.Info = new()
                    {
                        Title = $"{portal.Name} API",
                        Version = "v1",
                        Description =
                            "The API that widgets use, and the Admin API for programs with an API token (created under API tokens).",
                    };
                    description.Servers = [new() { Url = portal.PublicUrl.ToString().TrimEnd('/') }];
                    description.Components ??= new();
                    description.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                    description.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.Http,
                        Scheme = "bearer",
                        Description = "An admin's API token.",
                    };
                    return Task.CompletedTask;
                }
            );
            document.AddOperationTransformer(
                (operation, context, _) =>
                {
                    if (
                        context
                            .Description.ActionDescriptor.EndpointMetadata.OfType<AuthorizationPolicy>()
                            .Any(policy => policy.AuthenticationSchemes.Contains(AdminTokens.SchemeName))
                    )
                    {
                        operation.Security =
                        [
                            new() { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] },
                        ];
                    }

                    return Task.CompletedTask;
                }
            );
        });
}
