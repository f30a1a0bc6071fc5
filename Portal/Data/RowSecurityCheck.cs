using Npgsql;
using Portal.Hosting;

namespace Portal.Data;

/// <summary>
/// Row-level security does not bind superusers or roles with BYPASSRLS: a portal that signs in as one of them would
/// have no second layer.
/// </summary>
public static class RowSecurityCheck
{
    extension(Databases databases)
    {
        /// <summary>
        /// Throws <see cref="CannotStartException"/> when a role that serves requests could bypass row-level security.
        /// </summary>
        public async Task CheckRowSecurityAsync(CancellationToken cancellationToken)
        {
            foreach (
                var (name, source) in new[]
                {
                    ("Portal", databases.Portal),
                    ("Accounts", databases.Accounts),
                    ("Journal", databases.Journal),
                    ("Jobs", databases.Jobs),
                }
            )
            {
                if (await ReasonAsync(source, cancellationToken) is { } reason)
                {
                    throw new CannotStartException(
                        $"ConnectionStrings:{name} signs in as {reason}, and so could read every client's rows whatever the policies say. "
                            + "Use the roles that migrations/bootstrap/roles.sql makes."
                    );
                }
            }
        }
    }

    private static async Task<string?> ReasonAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            """
            SELECT CASE
                WHEN r.rolsuper THEN 'a superuser'
                WHEN r.rolbypassrls THEN 'a role with BYPASSRLS'
                WHEN EXISTS (SELECT FROM pg_roles g WHERE (g.rolsuper OR g.rolbypassrls) AND pg_has_role(r.oid, g.oid, 'MEMBER')) THEN 'a member of a superuser or of a role with BYPASSRLS'
                WHEN EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
                    THEN 'an owner of the tables'
            END
            FROM pg_roles r WHERE r.rolname = current_user
            """
        );
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }
}
