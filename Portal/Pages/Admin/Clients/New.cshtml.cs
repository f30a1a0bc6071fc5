using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Portal.Accounts;
using Portal.Limits;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Admin.Clients;

/// <summary>A new client and the invitation of its first owner: both are created, or neither.</summary>
public sealed class NewModel(UserManager<User> users, InvitationService desk, ClientService clients, TimeProvider clock)
    : PageModel
{
    [BindProperty]
    public Form Input { get; set; } = new();

    public Handover? Made { get; private set; }

    public bool CanMail => desk.CanMail;

    public void OnGet() => Made = this.TakeShown<Handover>();

    [SubmitOnce]
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        Input.Check(ModelState);
        if (ModelState.IsValid && await users.FindByEmailAsync(Input.OwnerEmail.Trim()) is not null)
        {
            ModelState.AddModelError("Input.OwnerEmail", ClientModel.OwnerForm.Taken);
        }

        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var client = Input.Make(clock.GetUtcNow());
        Invitation invitation;
        Uri? link;
        try
        {
            (invitation, link) = await clients.CreateAsync(
                client,
                Input.OwnerName.Trim(),
                Input.OwnerEmail.Trim(),
                User.PersonId,
                User.DisplayName,
                cancellationToken
            );
        }
        catch (LimitExceededException exceeded)
        {
            return this.TooMany(exceeded.Wait, "Input.OwnerEmail");
        }

        if (link is null)
        {
            this.Toast($"Client created. Invitation sent to {invitation.Email}.");
            return RedirectToPage("Client", new { id = client.Id });
        }

        this.ShowOnce(
            new Handover(client.Id, client.Business, invitation.DisplayName, invitation.Email, link.ToString())
        );
        return RedirectToPage();
    }

    public sealed record Handover(Guid Id, string Business, string OwnerName, string OwnerEmail, string Link);

    public sealed class Form : ClientForm
    {
        [PersonName, Required(ErrorMessage = "Enter a name.")]
        public string OwnerName { get; set; } = "";

        [Required(ErrorMessage = "Enter an email address."), MailAddress]
        public string OwnerEmail { get; set; } = "";
    }
}
