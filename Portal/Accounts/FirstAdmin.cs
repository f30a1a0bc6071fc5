using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Settings <c>Portal:Admin:…</c>: the first admin, created at startup when there is none. Without them a setup link is
/// printed.
/// </summary>
public sealed class FirstAdminOptions
{
    /// <summary>
    /// The first admin's email address. With neither this nor a password, the first start prints a one-time link.
    /// </summary>
    public string? Email { get; set; }

    /// <summary>The first admin's password. Change it after the first sign-in, and remove it here.</summary>
    [Secret]
    public string? Password { get; set; }
}

/// <summary>
/// Creates the first admin, from the operator's settings or through a setup link that works until there is an admin.
/// There is no default password.
/// </summary>
public sealed class FirstAdmin(
    AccountsDb db,
    UserManager<User> users,
    IDataProtectionProvider protection,
    PortalOptions portal,
    IOptions<FirstAdminOptions> options,
    TimeProvider clock
)
{
    private static readonly TimeSpan s_linkLife = TimeSpan.FromHours(24);
    private readonly ITimeLimitedDataProtector _links = protection
        .CreateProtector("first-admin")
        .ToTimeLimitedDataProtector();

    public Task<bool> ExistsAsync(CancellationToken cancellationToken = default) =>
        db.Users.AnyAsync(user => user.Role == UserRole.Admin, cancellationToken);

    /// <summary>Creates the admin of the settings, or returns the setup link; null when there is an admin.</summary>
    public async Task<Uri?> EnsureAsync(CancellationToken cancellationToken = default)
    {
        if (await ExistsAsync(cancellationToken))
        {
            return null;
        }

        var (email, password) = (options.Value.Email?.Trim(), options.Value.Password);
        if (string.IsNullOrEmpty(email) != string.IsNullOrEmpty(password))
        {
            throw new CannotStartException(
                "The first admin needs both Portal:Admin:Email and Portal:Admin:Password, or neither: then a set-up link is printed."
            );
        }

        if (string.IsNullOrEmpty(email))
        {
            return Link();
        }

        var made = await CreateAsync(email.Split('@')[0], email, password!, cancellationToken);
        return made is null || made.Succeeded
            ? null
            : throw new CannotStartException(
                $"The first admin could not be created from Portal:Admin: {string.Join(' ', made.Errors.Select(error => error.Description))}"
            );
    }

    public Uri Link() => portal.Link($"/account/setup?t={_links.Protect("set up", s_linkLife)}");

    /// <summary>Whether the setup link is still valid.</summary>
    public async Task<bool> IsGoodAsync(string? token, CancellationToken cancellationToken)
    {
        if (token is null || await ExistsAsync(cancellationToken))
        {
            return false;
        }

        try
        {
            return _links.Unprotect(token) == "set up";
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Creates the first admin; null when somebody else was first.</summary>
    public async Task<IdentityResult?> CreateAsync(
        string name,
        string email,
        string password,
        CancellationToken cancellationToken
    )
    {
        // If two people open the link, or two replicas start, one waits here and then finds an admin.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtext('first-admin'))", cancellationToken);
        if (await ExistsAsync(cancellationToken))
        {
            return null;
        }

        email = EmailAddresses.Clean(email);
        var admin = new User
        {
            Role = UserRole.Admin,
            DisplayName = name,
            UserName = email,
            Email = email,
            EmailConfirmed = true,
            CreatedAt = clock.GetUtcNow(),
        };
        var result = await users.CreateAsync(admin, password);
        if (result.Succeeded)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        return result;
    }
}

public static class FirstAdminServices
{
    public static IServiceCollection AddFirstAdmin(this IServiceCollection services)
    {
        services.AddSettings<FirstAdminOptions>("Portal:Admin");
        return services
            .AddScoped<FirstAdmin>()
            .AddStartupStep<FirstAdminStep>()
            .AddSingleton<SetUpLink>()
            .AddSingleton<IBannerLine>(provider => provider.GetRequiredService<SetUpLink>());
    }
}

/// <summary>Makes sure that somebody can sign in.</summary>
internal sealed class FirstAdminStep(FirstAdmin admin, SetUpLink link) : IStartupStep
{
    public async Task RunAsync(CancellationToken cancellationToken) =>
        link.Uri = await admin.EnsureAsync(cancellationToken);
}

/// <summary>How somebody becomes the first admin, as long as there is none.</summary>
internal sealed class SetUpLink : IBannerLine
{
    public Uri? Uri { get; set; }

    public string? Text =>
        Uri is null
            ? null
            : $"There is no admin yet. Create the first admin account (link expires in 24 hours):\n    {Uri}";
}
