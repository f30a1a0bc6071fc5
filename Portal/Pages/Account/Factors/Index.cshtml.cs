using System.Buffers.Text;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using Portal.Accounts;
using Portal.Audit;
using Portal.Hosting;
using Portal.Model;
using Portal.Web;
using QRCoder;

namespace Portal.Pages.Account.Factors;

/// <summary>One's own passkeys, authenticator app and recovery codes.</summary>
public sealed class IndexModel(
    UserManager<User> users,
    PortalSignIn signIn,
    AccountFactors factors,
    TwoFactorNotifications news,
    PortalOptions portal,
    IOptions<FactorOptions> options
) : PageModel
{
    public const int PasskeyNameLength = 60;

    private string? _typedName;

    public User Person { get; private set; } = null!;
    public FactorSet Factors { get; private set; } = null!;
    public IReadOnlyList<PasskeyRow> Passkeys { get; private set; } = [];
    public bool HasApp => Person.TwoFactorEnabled;
    public bool MustHaveOne => Person.Role == UserRole.Admin && options.Value.AdminsNeedSecondFactor;
    public bool IsNeeded => MustHaveOne && !Factors.HasFactor;

    /// <summary>Recovery codes to be shown once.</summary>
    public IReadOnlyList<string>? Codes { get; private set; }

    /// <summary>The last factor, which the person wants to remove, until they have confirmed it.</summary>
    public Removal? Removing { get; private set; }

    /// <summary>The app's key in groups of four.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The QR code, as a data URL.</summary>
    public string Qr { get; private set; } = "";

    public string Code { get; private set; } = "";

    /// <summary>The name of the passkey to be added.</summary>
    public string Name =>
        _typedName
        ?? Request.Headers.UserAgent.ToString() switch
        {
            var agent when agent.Contains("iPhone", StringComparison.Ordinal) => "iPhone",
            var agent when agent.Contains("Android", StringComparison.Ordinal) => "Android phone",
            var agent when agent.Contains("Mac OS", StringComparison.Ordinal) => "Mac",
            var agent when agent.Contains("Windows", StringComparison.Ordinal) => "Windows computer",
            _ => "This device",
        };

    public Task OnGetAsync()
    {
        Codes = this.TakeShown<NewCodes>()?.Codes;
        return LoadAsync();
    }

    [RequireRecentProof]
    public async Task<IActionResult> OnPostPasskeyOptionsAsync()
    {
        var person = await MeAsync();
        return Content(
            await signIn.MakePasskeyCreationOptionsAsync(
                new()
                {
                    Id = person.Id.ToString(),
                    Name = person.Email!,
                    DisplayName = person.DisplayName,
                }
            ),
            "application/json"
        );
    }

    [RequireRecentProof]
    public async Task<IActionResult> OnPostAddPasskeyAsync(
        string? credential,
        [Name(PasskeyNameLength, ErrorMessage = "Use up to {1} characters.")] string? name
    )
    {
        await LoadAsync();
        _typedName = name;
        if (!ModelState.IsValid)
        {
            return this.Invalid();
        }

        if (string.IsNullOrEmpty(credential))
        {
            // Back from the page that asked for confirmation: the browser has not asked the authenticator yet.
            return Page();
        }

        if (await signIn.AttestAsync(credential) is not { Succeeded: true, Passkey: { } passkey })
        {
            this.Toast("That didn’t work. Try again.");
            return RedirectToPage();
        }

        passkey.Name = Name;
        await users.AddOrUpdatePasskeyAsync(Person, passkey);
        return await AddedAsync(
            FactorKind.Passkey,
            ProofMethod.Passkey,
            $"the passkey “{passkey.Name}”",
            "Passkey added."
        );
    }

    [RequireRecentProof]
    public async Task<IActionResult> OnPostRemovePasskeyAsync(string? passkey, bool confirmed)
    {
        await LoadAsync();
        if (passkey is null || Factors.Passkeys.FirstOrDefault(one => IdOf(one) == passkey) is not { } known)
        {
            return NotFound();
        }

        var (name, others) = (
            known.Passkey.Name ?? "Passkey",
            Factors.Passkeys.Count(one => one.IsUsable && one != known)
        );
        if (known.IsUsable && others == 0 && !HasApp && (!confirmed || !Factors.HasPassword))
        {
            return AskFirst(new("RemovePasskey", $"the passkey “{name}”", passkey));
        }

        await users.RemovePasskeyAsync(Person, known.Passkey.CredentialId);
        await users.UpdateSecurityStampAsync(Person);
        return await RemovedAsync(FactorKind.Passkey, $"the passkey “{name}”", "Passkey removed.");
    }

    [RequireRecentProof]
    public async Task<IActionResult> OnPostAddAppAsync(string? code)
    {
        await LoadAsync();
        if (HasApp)
        {
            return RedirectToPage();
        }

        if (!await users.VerifyTwoFactorTokenAsync(Person, users.Options.Tokens.AuthenticatorTokenProvider, code ?? ""))
        {
            ModelState.AddModelError(nameof(Code), ProofWords.WrongCode);
            return this.Invalid();
        }

        await users.SetTwoFactorEnabledAsync(Person, true);
        return await AddedAsync(
            FactorKind.Authenticator,
            ProofMethod.AuthenticatorCode,
            "an authenticator app",
            "Authenticator app enabled."
        );
    }

    [RequireRecentProof]
    public async Task<IActionResult> OnPostCodesAsync()
    {
        await LoadAsync();
        if (!Factors.HasFactor)
        {
            return RedirectToPage();
        }

        this.ShowOnce(await GenerateCodesAsync());
        return RedirectToPage();
    }

    [RequireRecentProof]
    public async Task<IActionResult> OnPostRemoveAppAsync(bool confirmed)
    {
        await LoadAsync();
        if (!HasApp)
        {
            return RedirectToPage();
        }

        if (!Factors.HasPasskey && (!confirmed || !Factors.HasPassword))
        {
            return AskFirst(new("RemoveApp", "the authenticator app", null));
        }

        await users.SetTwoFactorEnabledAsync(Person, false);
        await users.ResetAuthenticatorKeyAsync(Person);
        return await RemovedAsync(FactorKind.Authenticator, "the authenticator app", "Authenticator app disabled.");
    }

    private PageResult AskFirst(Removal removal)
    {
        Removing = removal;
        return Page();
    }

    private async Task<IActionResult> AddedAsync(FactorKind kind, string method, string what, string words)
    {
        await news.AddedAsync(Person, kind, what);
        if (Factors.RecoveryCodes == 0)
        {
            this.ShowOnce(await GenerateCodesAsync());
        }
        else
        {
            this.Toast(words);
        }

        // The new factor was just used, so the session counts as authenticated with it.
        await signIn.ProveAsync(Person, method);
        return RedirectToPage();
    }

    private async Task<IActionResult> RemovedAsync(FactorKind kind, string what, string words)
    {
        if (!await factors.HasAnyAsync(Person))
        {
            // Recovery codes replace a factor, and there is none anymore.
            await users.GenerateNewTwoFactorRecoveryCodesAsync(Person, 0);
        }

        await news.RemovedAsync(Person, kind, what);
        await signIn.RefreshSignInAsync(Person);
        this.Toast(words);
        return RedirectToPage();
    }

    private async Task<NewCodes> GenerateCodesAsync()
    {
        var codes = new NewCodes([
            .. await users.GenerateNewTwoFactorRecoveryCodesAsync(Person, RecoveryCodes.Count) ?? [],
        ]);
        await news.AddedAsync(Person, FactorKind.RecoveryCodes, "new recovery codes");
        return codes;
    }

    private async Task<User> MeAsync() =>
        await users.GetUserAsync(User) ?? throw new InvalidOperationException("The signed-in person no longer exists.");

    private async Task LoadAsync()
    {
        Person = await MeAsync();
        Factors = await factors.OfAsync(Person);
        Passkeys =
        [
            .. Factors.Passkeys.Select(one => new PasskeyRow(
                IdOf(one),
                one.Passkey.Name ?? "Passkey",
                one.Passkey.CreatedAt,
                one.Passkey.IsBackedUp,
                one.IsUsable ? null : one.Host
            )),
        ];
        if (!HasApp)
        {
            await ShowKeyAsync();
        }
    }

    private async Task ShowKeyAsync()
    {
        var key = await users.GetAuthenticatorKeyAsync(Person);
        if (key is null)
        {
            await users.ResetAuthenticatorKeyAsync(Person);
            key = await users.GetAuthenticatorKeyAsync(Person);
        }

        Key = string.Join(' ', key!.Chunk(4).Select(four => new string(four)));
        var name = Uri.EscapeDataString(portal.Name);
        var address =
            $"otpauth://totp/{name}:{Uri.EscapeDataString(Person.Email!)}?secret={key}&issuer={name}&digits=6";
        using var code = QRCodeGenerator.GenerateQrCode(address, QRCodeGenerator.ECCLevel.M);
        using var picture = new PngByteQRCode(code);
        Qr = $"data:image/png;base64,{Convert.ToBase64String(picture.GetGraphic(4))}";
    }

    private static string IdOf(PasskeyEntry passkey) => Base64Url.EncodeToString(passkey.Passkey.CredentialId);

    /// <param name="OldHost">Set for a passkey of an address that the portal has left.</param>
    public sealed record PasskeyRow(string Id, string Name, DateTimeOffset CreatedAt, bool IsBackedUp, string? OldHost);

    public sealed record NewCodes(IReadOnlyList<string> Codes);

    /// <param name="What">Within a sentence.</param>
    public sealed record Removal(string Handler, string What, string? Passkey);
}
