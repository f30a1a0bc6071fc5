using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Portal.Secrets;

namespace Portal.Chat;

/// <summary>
/// What a preview shows. The widget sends no cookies, so its page passes it this ticket in the address that it calls:
/// encrypted, for one widget and one working day.
/// </summary>
/// <param name="Version">One of the widget's history; null: its draft.</param>
/// <param name="Theme">For a widget that follows the visitor's device: which device.</param>
/// <param name="SampleBot">Whether the sample bot answers in place of the widget's own.</param>
/// <param name="Session">Of whom it was given to: it is worth no more than their sign-in.</param>
public sealed record PreviewTicket(
    Guid Widget,
    Guid Session,
    int? Version = null,
    string? Theme = null,
    bool SampleBot = false
);

public sealed class PreviewTickets(IDataProtectionProvider protection)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(10);

    private readonly ITimeLimitedDataProtector _seal = protection
        .CreateProtector("Portal.Preview")
        .ToTimeLimitedDataProtector();

    public string Write(PreviewTicket ticket) => _seal.Protect(JsonSerializer.Serialize(ticket), Lifetime);

    /// <summary>Null for one that is not ours, or whose time is over.</summary>
    public PreviewTicket? Read(string ticket) =>
        _seal.Open(ticket) is { } text ? JsonSerializer.Deserialize<PreviewTicket>(text) : null;
}
