using System.Buffers.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Infrastructure;
using Portal.Model;
using Portal.SignIn;
using QRCoder;

namespace Portal.Pages.Account;

/// <summary>One's own passkeys, authenticator app and recovery codes.</summary>
public sealed class FactorsModel(
    UserManager<User> users, SignInManager<User> signIn, FactorNews news, PortalOptions portal, IOptions<FactorOptions> options) : PageModel
{
    private const int RecoveryCodes = 10;

    public User Person { get; private set; } = null!;
    public IReadOnlyList<PasskeyRow> Passkeys { get; private set; } = [];
    public bool HasApp => Person.TwoFactorEnabled;
    public bool IsNeeded => Person.Role == UserRole.Admin && options.Value.AdminsNeedSecondFactor && !HasApp && Passkeys.Count == 0;
    public int CodesLeft { get; private set; }

    /// <summary>To be shown once.</summary>
    public IReadOnlyList<string>? Codes { get; private set; }

    /// <summary>For the app, in groups of four.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The same as a picture, a data address.</summary>
    public string Qr { get; private set; } = "";

    public string Code { get; private set; } = "";

    public string SuggestedName => Request.Headers.UserAgent.ToString() switch
    {
        var agent when agent.Contains("iPhone", StringComparison.Ordinal) => "iPhone",
        var agent when agent.Contains("Android", StringComparison.Ordinal) => "Android phone",
        var agent when agent.Contains("Mac OS", StringComparison.Ordinal) => "Mac",
        var agent when agent.Contains("Windows", StringComparison.Ordinal) => "Windows computer",
        _ => "This device",
    };

    public async Task OnGetAsync() => await LoadAsync();

    public async Task<IActionResult> OnPostPasskeyOptionsAsync()
    {
        var person = await MeAsync();
        return Content(
            await signIn.MakePasskeyCreationOptionsAsync(new() { Id = person.Id.ToString(), Name = person.Email!, DisplayName = person.DisplayName }), "application/json");
    }

    public async Task<IActionResult> OnPostAddPasskeyAsync(string? credential, string? name)
    {
        Person = await MeAsync();
        if (await signIn.AttestAsync(credential) is not { Succeeded: true, Passkey: { } passkey })
        {
            this.Toast("That did not work. Try again.");
            return RedirectToPage();
        }

        passkey.Name = string.IsNullOrWhiteSpace(name) ? SuggestedName : name.Trim()[..Math.Min(name.Trim().Length, 60)];
        await users.AddOrUpdatePasskeyAsync(Person, passkey);
        await news.AddedAsync(Person, FactorKind.Passkey);
        return await ChangedAsync("Your passkey is ready.");
    }

    public async Task<IActionResult> OnPostRemovePasskeyAsync(string? passkey)
    {
        Person = await MeAsync();
        if (passkey is null || !Base64Url.IsValid(passkey) || await users.GetPasskeyAsync(Person, Base64Url.DecodeFromChars(passkey)) is not { } known)
        {
            return NotFound();
        }

        await users.RemovePasskeyAsync(Person, known.CredentialId);
        await users.UpdateSecurityStampAsync(Person);
        await news.RemovedAsync(Person, FactorKind.Passkey, $"the passkey “{known.Name}”");
        return await ChangedAsync("The passkey is removed.");
    }

    public async Task<IActionResult> OnPostAddAppAsync(string? code)
    {
        Person = await MeAsync();
        var digits = code?.Replace(" ", "", StringComparison.Ordinal) ?? "";
        if (!await users.VerifyTwoFactorTokenAsync(Person, users.Options.Tokens.AuthenticatorTokenProvider, digits))
        {
            await LoadAsync();
            ModelState.AddModelError(nameof(Code), "That code does not fit. It changes every 30 seconds; does your device’s clock run right?");
            return this.Invalid();
        }

        await users.SetTwoFactorEnabledAsync(Person, true);
        await news.AddedAsync(Person, FactorKind.Authenticator);
        Codes = [.. await users.GenerateNewTwoFactorRecoveryCodesAsync(Person, RecoveryCodes) ?? []];
        await signIn.RefreshSignInAsync(Person);
        await LoadAsync();
        return Page();
    }

    public async Task<IActionResult> OnPostCodesAsync()
    {
        Person = await MeAsync();
        if (!HasApp)
        {
            return RedirectToPage();
        }

        Codes = [.. await users.GenerateNewTwoFactorRecoveryCodesAsync(Person, RecoveryCodes) ?? []];
        await news.AddedAsync(Person, FactorKind.RecoveryCodes);
        await LoadAsync();
        return Page();
    }

    public async Task<IActionResult> OnPostRemoveAppAsync()
    {
        Person = await MeAsync();
        if (!HasApp)
        {
            return RedirectToPage();
        }

        await users.SetTwoFactorEnabledAsync(Person, false);
        await users.ResetAuthenticatorKeyAsync(Person);
        await news.RemovedAsync(Person, FactorKind.Authenticator, "the authenticator app");
        return await ChangedAsync("The authenticator app is switched off.");
    }

    private async Task<IActionResult> ChangedAsync(string words)
    {
        await signIn.RefreshSignInAsync(Person);
        this.Toast(words);
        return RedirectToPage();
    }

    private async Task<User> MeAsync() => await users.GetUserAsync(User) ?? throw new InvalidOperationException("The signed-in person is gone.");

    private async Task LoadAsync()
    {
        Person = await MeAsync();
        Passkeys = [.. (await users.GetPasskeysAsync(Person)).OrderBy(passkey => passkey.CreatedAt)
            .Select(passkey => new PasskeyRow(Base64Url.EncodeToString(passkey.CredentialId), passkey.Name ?? "Passkey", passkey.CreatedAt, passkey.IsBackedUp))];
        CodesLeft = await users.CountRecoveryCodesAsync(Person);
        if (HasApp)
        {
            return;
        }

        var key = await users.GetAuthenticatorKeyAsync(Person);
        if (key is null)
        {
            await users.ResetAuthenticatorKeyAsync(Person);
            key = await users.GetAuthenticatorKeyAsync(Person);
        }

        Key = string.Join(' ', key!.Chunk(4).Select(four => new string(four)));
        var address = $"otpauth://totp/{Uri.EscapeDataString(portal.Name)}:{Uri.EscapeDataString(Person.Email!)}?secret={key}&issuer={Uri.EscapeDataString(portal.Name)}&digits=6";
        using var code = QRCodeGenerator.GenerateQrCode(address, QRCodeGenerator.ECCLevel.M);
        using var picture = new PngByteQRCode(code);
        Qr = $"data:image/png;base64,{Convert.ToBase64String(picture.GetGraphic(4))}";
    }

    public sealed record PasskeyRow(string Id, string Name, DateTimeOffset CreatedAt, bool IsBackedUp);
}
