using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.Rendering;
using Portal.Audit;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Pages.Admin.Clients;

/// <summary>A new client with its first owner. There is no mail yet, so the owner's link is shown once, to be handed over.</summary>
public sealed class NewModel(PortalDb db, UserManager<User> users, PasswordLinks links, AuditLog audit, TimeProvider clock) : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    public Handover? Made { get; private set; }

    public IReadOnlyList<SelectListItem> Zones { get; } = TimeZones.ForSelect();

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken abort)
    {
        if (!TimeZones.TryFind(Input.TimeZone, out var zone))
        {
            ModelState.AddModelError("Input.TimeZone", "Choose one from the list.");
        }

        if (ModelState.IsValid && await users.FindByEmailAsync(Input.OwnerEmail.Trim()) is not null)
        {
            ModelState.AddModelError("Input.OwnerEmail", "Somebody signs in with this address already. One address belongs to one client.");
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var client = new Client(Input.Name.Trim()) { CompanyName = Tidy(Input.Company), ContactEmail = Tidy(Input.ContactEmail) };
        client.MoveTo(zone!);
        await db.AsAgencyAsync(
            () =>
            {
                db.Add(client);
                audit.Add(db, client.Id, Act.ClientCreated, client, Fact.Name(null, client.Name), Fact.TimeZone(null, client.TimeZone));
                return db.SaveChangesAsync(abort);
            },
            abort);

        var owner = NewOwner(client.Id);
        var made = await users.CreateAsync(owner);
        if (!made.Succeeded)
        {
            // The two databases' roles share no transaction: a client without an owner would be of no use.
            await db.AsAgencyAsync(() => { db.Remove(client); return db.SaveChangesAsync(CancellationToken.None); }, CancellationToken.None);
            ModelState.AddModelError("Input.OwnerEmail", string.Join(' ', made.Errors.Select(error => error.Description)));
            return this.Invalid();
        }

        Made = new(client.Business, owner.DisplayName, owner.Email!, (await links.ForAsync(owner)).ToString());
        return Page();
    }

    private User NewOwner(Guid client)
    {
        var email = Input.OwnerEmail.Trim();
        return new() { ClientId = client, Role = UserRole.Owner, DisplayName = Input.OwnerName.Trim(), UserName = email, Email = email, CreatedAt = clock.GetUtcNow() };
    }

    private static string? Tidy(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    public sealed record Handover(string Business, string OwnerName, string OwnerEmail, string Link);

    public sealed class Form
    {
        [Required(ErrorMessage = "A client needs a name."), StringLength(Client.NameMaxLength, ErrorMessage = "At most {1} characters.")]
        public string Name { get; set; } = "";

        [StringLength(100, ErrorMessage = "At most {1} characters.")]
        public string? Company { get; set; }

        [EmailAddress(ErrorMessage = "That is not an e-mail address."), StringLength(100, ErrorMessage = "At most {1} characters.")]
        public string? ContactEmail { get; set; }

        [Required]
        public string TimeZone { get; set; } = "Europe/Berlin";

        [Required(ErrorMessage = "Who is it?"), StringLength(100, ErrorMessage = "At most {1} characters.")]
        public string OwnerName { get; set; } = "";

        [Required(ErrorMessage = "They sign in with it."), EmailAddress(ErrorMessage = "That is not an e-mail address."), StringLength(256)]
        public string OwnerEmail { get; set; } = "";
    }
}
