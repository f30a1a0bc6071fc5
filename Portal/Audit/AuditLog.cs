using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Portal.Model;

namespace Portal.Audit;

/// <summary>Logs who did what, in the transaction that does it: either both are saved or neither.</summary>
public sealed class AuditLog(IHttpContextAccessor request, Tenant tenant, TimeProvider clock)
{
    /// <summary>Saved with the next <c>SaveChanges</c> of the entered client.</summary>
    public void Add(PortalDb db, AuditAction act, Subject subject, params IEnumerable<AuditChange> facts) =>
        db.Add(Entry(Actor.Of(request.HttpContext), tenant.Id, act, subject, facts));

    /// <summary>The same about this client or, with none, about the platform: with <see cref="AgencyDb"/>, or as that client.</summary>
    public void Add(
        ClientDataDb db,
        Guid? client,
        AuditAction act,
        Subject subject,
        params IEnumerable<AuditChange> facts
    ) => db.Add(Entry(Actor.Of(request.HttpContext), client, act, subject, facts));

    /// <summary>Saved with the next <c>SaveChanges</c>, about this client or, with none, about the platform.</summary>
    public void Add(
        AccountsDb db,
        Guid? client,
        AuditAction act,
        Subject subject,
        params IEnumerable<AuditChange> facts
    ) => db.Add(Entry(Actor.Of(request.HttpContext), client, act, subject, facts));

    /// <summary>For actions of a person who was not signed in when the request began: a sign-in, a reset, an accepted invitation.</summary>
    public void Add(AccountsDb db, User by, AuditAction act, Subject subject, params IEnumerable<AuditChange> facts) =>
        db.Add(Entry(Actor.Of(by, request.HttpContext), by.ClientId, act, subject, facts));

    /// <summary>
    /// With plain Npgsql, in a job or wherever there is no DbContext. A role for requests must have entered the client in that transaction.
    /// </summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection,
        ChangeLog entry,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO change_logs (id, occurred_at, client_id, actor_id, actor_name, actor_role, as_client, action, subject_id, subject_name, before, after, address, browser)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            connection
        )
        {
            Parameters =
            {
                new() { Value = entry.Id },
                new() { Value = entry.OccurredAt.ToUniversalTime() },
                Maybe(entry.ClientId, NpgsqlDbType.Uuid),
                Maybe(entry.ActorId, NpgsqlDbType.Uuid),
                new() { Value = entry.ActorName },
                new() { Value = entry.ActorRole.ToString() },
                new() { Value = entry.AsClient },
                new() { Value = entry.Action },
                Maybe(entry.SubjectId, NpgsqlDbType.Uuid),
                Maybe(entry.SubjectName, NpgsqlDbType.Text),
                Maybe(entry.Before, NpgsqlDbType.Jsonb),
                Maybe(entry.After, NpgsqlDbType.Jsonb),
                Maybe(entry.Address, NpgsqlDbType.Inet),
                Maybe(entry.Browser, NpgsqlDbType.Text),
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public ChangeLog Entry(
        Actor actor,
        Guid? client,
        AuditAction act,
        Subject subject,
        params IEnumerable<AuditChange> facts
    )
    {
        var changed = facts.Where(fact => fact.IsChange).ToList();
        return new()
        {
            OccurredAt = clock.GetUtcNow(),
            ClientId = client,
            ActorId = actor.Id,
            ActorName = AuditChange.Tidy(actor.Name)!,
            ActorRole = actor.Role,
            AsClient = actor.AsClient,
            Action = act.Name,
            SubjectId = subject.Id,
            SubjectName = AuditChange.Tidy(subject.Name),
            Before = Json(changed, fact => fact.Before),
            After = Json(changed, fact => fact.After),
            Address = actor.Address,
            Browser = actor.Browser,
        };
    }

    private static string? Json(List<AuditChange> facts, Func<AuditChange, string?> side)
    {
        var values = facts.Where(fact => side(fact) is not null).ToDictionary(fact => fact.Field, side);
        return values.Count == 0 ? null : JsonSerializer.Serialize(values);
    }

    private static NpgsqlParameter Maybe(object? value, NpgsqlDbType type) =>
        new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}

/// <summary>The subject of an action, with the name that it had then.</summary>
public readonly record struct Subject(Guid? Id, string? Name)
{
    public static readonly Subject None;

    public static implicit operator Subject(Widget widget) => new(widget.Id, widget.Name);

    public static implicit operator Subject(Client client) => new(client.Id, client.Business);

    public static implicit operator Subject(User user) => new(user.Id, user.DisplayName);
}

public static class AuditServices
{
    public static IServiceCollection AddAudit(this IServiceCollection services) =>
        services.AddHttpContextAccessor().AddScoped<AuditLog>();
}
