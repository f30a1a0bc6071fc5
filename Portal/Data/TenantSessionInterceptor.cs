using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Data;

/// <summary>Tells the database which client was entered.</summary>
public sealed class TenantSessionInterceptor() : SessionSettingInterceptor("app.client_id")
{
    public static readonly TenantSessionInterceptor Instance = new();

    protected override string? ValueFor(DbContext? context) =>
        context is PortalDb { EnteredClient: { } client } ? client.ToString() : null;
}
