using System.Security.Claims;

namespace Portal.Infrastructure;

/// <summary>A row that belongs to exactly one client.</summary>
public interface IOwned
{
    Guid ClientId { get; }
}

/// <summary>Whose data this request may see. Entered once, before anything reads the database.</summary>
public sealed class Tenant
{
    private Guid? _id;

    public Guid Id => _id ?? throw new InvalidOperationException("No client has been entered.");

    /// <summary>The client, or an id that owns nothing.</summary>
    public Guid IdOrNone => _id ?? Guid.Empty;

    public void Enter(Guid id)
    {
        if (_id is { } current && current != id)
        {
            throw new InvalidOperationException("A request cannot change its client halfway.");
        }

        _id = id;
    }
}

/// <summary>Endpoint metadata: the call names its client itself, whoever happens to be signed in in that browser.</summary>
public sealed class NamesItsClient;

public static class Tenancy
{
    public const string ClientClaim = "client";

    extension(ClaimsPrincipal user)
    {
        /// <summary>The client this person belongs to, or null for an admin and for the signed out.</summary>
        public Guid? ClientId => Guid.TryParse(user.FindFirstValue(ClientClaim), out var id) ? id : null;
    }

    extension(IApplicationBuilder app)
    {
        /// <summary>Enters the signed-in person's client. Belongs after authentication, before authorization.</summary>
        public IApplicationBuilder UseTenancy() => app.Use(async (context, next) =>
        {
            await context.RequestServices.GetRequiredService<ViewAs>().EnterAsync(context);
            if (context.User.ClientId is { } client && context.GetEndpoint()?.Metadata.GetMetadata<NamesItsClient>() is null)
            {
                context.RequestServices.GetRequiredService<Tenant>().Enter(client);
            }

            await next(context);
        });
    }
}
