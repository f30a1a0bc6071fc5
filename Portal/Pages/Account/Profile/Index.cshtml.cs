using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Web;

namespace Portal.Pages.Account.Profile;

/// <summary>The person's name and password.</summary>
public sealed class IndexModel(
    UserManager<User> users,
    SignInManager<User> signIn,
    AccountsDb db,
    SessionStore sessions,
    AccountFactors factors,
    EmailConfirmations confirmations,
    AuditLog audit
) : PageModel
{
    public User Person { get; private set; } = null!;

    public string FactorsText { get; private set; } = "";

    public string SessionsText { get; private set; } = "";

    public bool CanMail => confirmations.CanSend;

    public bool HasPassword => Person.PasswordHash is not null;

    // Not bound by property: each form is validated only when it was submitted.
    public NameForm Input { get; private set; } = new();

    public NewPassword Change { get; private set; } = new();

    public async Task OnGetAsync() => await LoadAsync();

    public async Task<IActionResult> OnPostAsync([Bind(Prefix = "Input")] NameForm input)
    {
        await LoadAsync();
        Input = input;
        if (!ModelState.IsValid || this.IsOutdated(Shown(Person.DisplayName), Shown(input.Name.Trim())))
        {
            return this.Invalid();
        }

        audit.Add(
            db,
            Person.ClientId,
            AuditAction.Renamed,
            Person,
            AuditChange.Name(Person.DisplayName, input.Name.Trim())
        );
        Person.DisplayName = input.Name.Trim();
        if (await users.UpdateAsync(Person) is { Succeeded: false } refused)
        {
            throw new InvalidOperationException($"{Person.Id} could not be renamed: {refused}");
        }

        return await SavedAsync("Saved.");
    }

    [RequireRecentProof]
    public async Task<IActionResult> OnPostPasswordAsync(
        [Bind(Prefix = "Change")] NewPassword change,
        CancellationToken cancellationToken
    )
    {
        await LoadAsync();
        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var result = await SetPasswordAsync(change.Password);
        if (result.Succeeded)
        {
            audit.Add(db, Person.ClientId, AuditAction.PasswordChanged, Person);
            await db.SaveChangesAsync(cancellationToken);
            return await SavedAsync("Password changed. You’re signed out everywhere else.");
        }

        foreach (var error in result.Errors)
        {
            ModelState.AddModelError("Change.Password", error.Description);
        }

        return this.Invalid();
    }

    [SubmitOnce]
    public async Task<IActionResult> OnPostConfirmEmailAsync(CancellationToken cancellationToken)
    {
        await LoadAsync();
        if (CanMail && !Person.EmailConfirmed)
        {
            await confirmations.AskAsync(Person, cancellationToken);
            this.Toast("Confirmation email sent.");
        }

        return RedirectToPage();
    }

    public string EditVersion => ConcurrentEdits.VersionOf(Shown(Person.DisplayName));

    private static EditField[] Shown(string name) => [new("Name", name)];

    // They confirmed their identity a moment ago, so the current password is not asked for.
    private async Task<IdentityResult> SetPasswordAsync(string password) =>
        HasPassword
            ? await users.ResetPasswordAsync(Person, await users.GeneratePasswordResetTokenAsync(Person), password)
            : await users.AddPasswordAsync(Person, password);

    private async Task<IActionResult> SavedAsync(string words)
    {
        // The cookie contains the name, and the stamp that a new password changes.
        await signIn.RefreshSignInAsync(Person);
        TempData["Toast"] = words;
        return RedirectToPage();
    }

    private async Task LoadAsync()
    {
        Person = await users.GetUserAsync(User)
            ?? throw new InvalidOperationException("The signed-in person no longer exists.");
        Input = new() { Name = Person.DisplayName };
        FactorsText = (
            (await factors.OfAsync(Person)).Passkeys.Count(passkey => passkey.IsUsable),
            Person.TwoFactorEnabled
        ) switch
        {
            (0, false) => "Two-factor authentication is off.",
            (0, true) => "An authenticator app is set up.",
            (1, var app) => $"One passkey{(app ? " and an authenticator app" : "")}.",
            (var passkeys, var app) => $"{passkeys} passkeys{(app ? " and an authenticator app" : "")}.",
        };
        SessionsText = await sessions.Of(Person).CountAsync() is > 1 and var count
            ? $"{count} active sessions."
            : "1 active session.";
    }

    public sealed class NameForm
    {
        [PersonName, Required(ErrorMessage = "Enter your name.")]
        public string Name { get; set; } = "";
    }
}
