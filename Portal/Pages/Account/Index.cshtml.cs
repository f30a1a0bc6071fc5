using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Infrastructure;
using Portal.Model;
using Portal.SignIn;

namespace Portal.Pages.Account;

/// <summary>One's own name and password.</summary>
public sealed class IndexModel(UserManager<User> users, SignInManager<User> signIn, AccountsDb db, Sessions sessions, SignInLimits limits, AuditLog audit) : PageModel
{
    public User Person { get; private set; } = null!;

    public string FactorsText { get; private set; } = "";

    public string SessionsText { get; private set; } = "";

    public bool HasPassword => Person.PasswordHash is not null;

    // Not bound by property: each form is checked only when it is the one that was sent.
    public NameForm Input { get; private set; } = new();

    public PasswordForm Change { get; private set; } = new();

    public async Task OnGetAsync() => await LoadAsync();

    public async Task<IActionResult> OnPostAsync([Bind(Prefix = "Input")] NameForm input)
    {
        await LoadAsync();
        Input = input;
        if (!ModelState.IsValid || this.IsOutdated(Shown(Person.DisplayName), Shown(input.Name.Trim())))
        {
            return this.Invalid();
        }

        audit.Add(db, Person.ClientId, Act.Renamed, Person, Fact.Name(Person.DisplayName, input.Name.Trim()));
        Person.DisplayName = input.Name.Trim();
        if (await users.UpdateAsync(Person) is { Succeeded: false } refused)
        {
            throw new InvalidOperationException($"{Person.Id} could not be renamed: {refused}");
        }

        return await SavedAsync("Saved.");
    }

    public async Task<IActionResult> OnPostPasswordAsync([Bind(Prefix = "Change")] PasswordForm change, CancellationToken abort)
    {
        await LoadAsync();
        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        var tries = await limits.CodeAsync(Person, abort);
        if (tries.Wait is { } wait)
        {
            return this.TooMany(wait, HasPassword ? "Change.Current" : "Change.Password");
        }

        var result = HasPassword
            ? await users.ChangePasswordAsync(Person, change.Current ?? "", change.Password)
            : await users.AddPasswordAsync(Person, change.Password);
        if (result.Succeeded)
        {
            await tries.GiveBackAsync();
            audit.Add(db, Person.ClientId, Act.PasswordChanged, Person);
            await db.SaveChangesAsync();
            return await SavedAsync("Your new password is set. Everywhere else you are signed out.");
        }

        if (result.Errors.All(error => error.Code != nameof(IdentityErrorDescriber.PasswordMismatch)))
        {
            await tries.GiveBackAsync();
        }

        foreach (var error in result.Errors)
        {
            var isWrong = error.Code == nameof(IdentityErrorDescriber.PasswordMismatch);
            ModelState.AddModelError(isWrong ? "Change.Current" : "Change.Password", isWrong ? "That is not your current password." : error.Description);
        }

        return this.Invalid();
    }

    public string EditVersion => ConcurrentEdits.VersionOf(Shown(Person.DisplayName));

    private static EditField[] Shown(string name) => [new("Name", name)];

    private async Task<IActionResult> SavedAsync(string words)
    {
        // The cookie carries the name and the stamp that a new password changes.
        await signIn.RefreshSignInAsync(Person);
        TempData["Toast"] = words;
        return RedirectToPage();
    }

    private async Task LoadAsync()
    {
        Person = await users.GetUserAsync(User) ?? throw new InvalidOperationException("The signed-in person is gone.");
        Input = new() { Name = Person.DisplayName };
        FactorsText = ((await users.GetPasskeysAsync(Person)).Count, Person.TwoFactorEnabled) switch
        {
            (0, false) => "Only your password protects this account.",
            (0, true) => "An authenticator app is set up.",
            (1, var app) => $"One passkey{(app ? " and an authenticator app" : "")}.",
            (var passkeys, var app) => $"{passkeys} passkeys{(app ? " and an authenticator app" : "")}.",
        };
        SessionsText = await sessions.Of(Person).CountAsync() is > 1 and var count ? $"You are signed in in {count} browsers." : "You are signed in in this browser only.";
    }

    public sealed class NameForm
    {
        [Name, Required(ErrorMessage = "Say your name."), StringLength(100)]
        public string Name { get; set; } = "";
    }

    public sealed class PasswordForm : NewPassword
    {
        /// <summary>Of those who have one.</summary>
        [StringLength(Passwords.MaxLength)]
        public string? Current { get; set; }
    }
}
