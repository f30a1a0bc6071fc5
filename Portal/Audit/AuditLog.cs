using System.Text.Json;
using Portal.Model;

namespace Portal.Audit;

/// <summary>Logs who did what, in the transaction that does it: either both are saved or neither.</summary>
public sealed class AuditLog(IHttpContextAccessor request, Tenant tenant, TimeProvider clock)
{
    /// <summary>Saved with the next <c>SaveChanges</c> of the entered client.</summary>
    public void Add(PortalDb db, AuditAction act, Subject subject, params IEnumerable<AuditChange> facts) =>
        db.Add(Entry(Actor.Of(request.HttpContext), tenant.Id, act, subject, facts));

    /// <summary>
    /// The same about this client or, with none, about the platform: with <see cref="AgencyDb"/>, or as that client.
    /// </summary>
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

    /// <summary>
    /// For actions of a person who was not signed in when the request began: a sign-in, a reset, an accepted
    /// invitation.
    /// </summary>
    public void Add(AccountsDb db, User by, AuditAction act, Subject subject, params IEnumerable<AuditChange> facts) =>
        db.Add(Entry(Actor.Of(by, request.HttpContext), by.ClientId, act, subject, facts));

    /// <summary>
    /// For an entry that is added to a context by hand: in a job, or where the request does not say who did it.
    /// </summary>
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
