using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Clients;

/// <summary>The fields of a client that the agency and its owners can edit.</summary>
public class ClientForm
{
    [BusinessName, Required(ErrorMessage = "Enter a name.")]
    public string Name { get; set; } = "";

    [BusinessName]
    public string? Company { get; set; }

    [MailAddress(100)]
    public string? ContactEmail { get; set; }

    [Required]
    public string TimeZone { get; set; } = "Europe/Berlin";

    public static ClientForm Of(Client client) => Of<ClientForm>(client);

    protected static T Of<T>(Client client)
        where T : ClientForm, new() =>
        new()
        {
            Name = client.Name,
            Company = client.CompanyName,
            ContactEmail = client.ContactEmail,
            TimeZone = client.TimeZone,
        };

    /// <summary>The values as the form shows them.</summary>
    public virtual IReadOnlyList<EditField> Shown() =>
        [
            new("Name", Name.Trim()),
            new("Display name", Tidy(Company)),
            new("Contact email", Tidy(ContactEmail)),
            new("Time zone", TimeZone),
        ];

    public virtual void Check(ModelStateDictionary state)
    {
        if (!TimeZones.TryFind(TimeZone, out _))
        {
            state.AddModelError("Input.TimeZone", "Select a time zone.");
        }
    }

    /// <summary>Applies the form to the client, and returns what changed.</summary>
    public virtual IReadOnlyList<AuditChange> Apply(Client client, DateTimeOffset now)
    {
        var (name, company, contact) = (Name.Trim(), Tidy(Company), Tidy(ContactEmail));
        List<AuditChange> facts =
        [
            AuditChange.Name(client.Name, name),
            AuditChange.Company(client.CompanyName, company),
            AuditChange.ContactEmail(client.ContactEmail, contact),
            AuditChange.TimeZone(client.TimeZone, TimeZone),
        ];
        client.Rename(name, now);
        client.CompanyName = company;
        client.ContactEmail = contact;
        client.MoveTo(TimeZoneInfo.FindSystemTimeZoneById(TimeZone));
        return [.. facts.Where(fact => fact.IsChange)];
    }

    public Client Make(DateTimeOffset now)
    {
        var client = new Client(Name.Trim());
        Apply(client, now);
        return client;
    }

    private static string? Tidy(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
