namespace Portal.Model;

/// <summary>The client whose data this request may access. Entered once, before anything reads the database.</summary>
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
