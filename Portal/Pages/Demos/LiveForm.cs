using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Portal.Model;
using Portal.Pages.Admin.Clients;

namespace Portal.Pages.Demos;

/// <summary>The client of the live widget.</summary>
public enum LiveFor
{
    /// <summary>The client whose demo it was.</summary>
    This,
    Existing,
    New,
}

/// <summary>The website on which a demo goes live, and the client.</summary>
public sealed class LiveForm
{
    [Required(ErrorMessage = "Enter the website."), StringLength(300, ErrorMessage = "Up to {1} characters.")]
    public string? Website { get; set; }

    public LiveFor For { get; set; }

    public Guid? Client { get; set; }

    [BusinessName]
    public string? ClientName { get; set; }

    [PersonName]
    public string? OwnerName { get; set; }

    [MailAddress]
    public string? OwnerEmail { get; set; }

    /// <summary>The one origin that may show the widget, or null with the reason in the state.</summary>
    public string? Origin(ModelStateDictionary state)
    {
        if (string.IsNullOrWhiteSpace(Website))
        {
            return null;
        }

        var (origins, error) = WebOrigin.Parse(Website);
        if (error is null && (origins.Count != 1 || origins[0].Contains('*', StringComparison.Ordinal)))
        {
            error = "Enter one website, such as https://www.example.com.";
        }

        if (error is not null)
        {
            state.AddModelError("Live.Website", error);
        }

        return error is null ? origins[0] : null;
    }

    public void Check(ModelStateDictionary state, IReadOnlyList<OtherClient> clients)
    {
        if (For == LiveFor.Existing && clients.All(client => client.Id != Client))
        {
            state.AddModelError("Live.Client", "Choose a client.");
        }

        if (For == LiveFor.New)
        {
            Require(state, ClientName, "Live.ClientName", "Enter the client’s name.");
            Require(state, OwnerName, "Live.OwnerName", "Enter the owner’s name.");
            Require(state, OwnerEmail, "Live.OwnerEmail", "Enter the owner’s email address.");
        }
    }

    private static void Require(ModelStateDictionary state, string? value, string field, string sentence)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            state.AddModelError(field, sentence);
        }
    }
}
