using Portal.Model;

namespace Portal.Chat;

/// <summary>Access to the database as one client, for work that outlives the request that started it.</summary>
public sealed class TenantScope(IServiceScopeFactory scopes)
{
    /// <summary>Before a client is known: row-level security shows no rows, only what functions return.</summary>
    public async Task<T> ReadAsync<T>(Func<PortalDb, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<PortalDb>());
    }

    public async Task<T> ReadAsync<T>(Guid client, Func<PortalDb, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Enter(client);
        return await work(scope.ServiceProvider.GetRequiredService<PortalDb>());
    }
}
