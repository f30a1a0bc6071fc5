namespace Portal.Model;

/// <summary>A row that belongs to exactly one client.</summary>
public interface IOwned
{
    Guid ClientId { get; }
}
