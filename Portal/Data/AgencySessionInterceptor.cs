using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Data;

/// <summary>
/// Takes the agency's database role, which sees all clients, for a transaction or a command of <see cref="AgencyDb"/>.
/// </summary>
public sealed class AgencySessionInterceptor() : SessionSettingInterceptor("role")
{
    public static readonly AgencySessionInterceptor Instance = new();

    protected override string? ValueFor(DbContext? context) => context is AgencyDb ? "portal_admin" : null;
}
