using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Hosting;
using Portal.Model;
using Portal.Secrets;

namespace Portal.Sample;

/// <summary>
/// In development, an empty database gets a client with an owner and a widget that the sample bot answers. The owner's
/// password is generated and stored beside the data, for the newcomer's eyes only.
/// </summary>
public sealed class DemoSeed(
    AgencyDb db,
    UserManager<User> users,
    WidgetSecrets secrets,
    SampleOptions sample,
    PortalOptions portal,
    IHostEnvironment environment
)
{
    /// <summary>The widget that the sample pages embed.</summary>
    public static readonly Guid WidgetId = new("0198c0de-0000-7000-8000-000000000001");

    private const string Email = "maya@alderfinch.example";

    private string PasswordFile =>
        Path.Combine(environment.ContentRootPath, portal.DataDirectory, "demo-owner-password");

    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (await db.Clients.AnyAsync(cancellationToken))
        {
            return;
        }

        var client = new Client("Alder & Finch")
        {
            CompanyName = "Alder & Finch",
            ContactEmail = "hello@alderfinch.example",
        };
        client.MoveTo(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        var config = Config(sample.SiteUrl);
        db.Add(client);
        db.AddFor(
            client.Id,
            new Widget(WidgetId, "Shop assistant", sample.BotUrl, secrets.Create(client.Id, WidgetId), config)
        );
        db.AddFor(client.Id, new WidgetVersion(WidgetId, 1, config, null, null, "Created"));
        await db.SaveChangesAsync(cancellationToken);

        // A password of a database that no longer exists.
        File.Delete(PasswordFile);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var owner = new User
        {
            ClientId = client.Id,
            Role = UserRole.Owner,
            DisplayName = "Maya Kowalski",
            UserName = Email,
            Email = Email,
            EmailConfirmed = true,
        };
        var made = await users.CreateAsync(owner, password);
        if (!made.Succeeded)
        {
            throw new InvalidOperationException(
                $"The demo owner could not be created: {string.Join(' ', made.Errors.Select(error => error.Description))}"
            );
        }

        OwnerOnlyFile.CreateOnce(PasswordFile, password);
    }

    /// <summary>How to sign in as the demo client's owner, until somebody deletes the note.</summary>
    public (string Email, string Password)? SignIn() =>
        File.Exists(PasswordFile) ? (Email, File.ReadAllText(PasswordFile)) : null;

    private static WidgetConfig Config(string site) =>
        new()
        {
            Look = new() { Color = "#1F5D4C" },
            Texts = new()
            {
                Title = "Fern",
                Subtitle = "Usually answers in seconds",
                FirstMessage = "Hi! What are you looking for?",
                Placeholder = "Ask anything…",
                Suggestions = ["When will my order arrive?", "Can I return a sofa?", "Which oil for the oak table?"],
                Fallback =
                    "Sorry, I couldn’t reach my notes just now. Your question is kept. Send it again, or write to hello@alderfinch.example.",
            },
            Bot = new()
            {
                Prompt = "You are Fern, the assistant of Alder & Finch, a furniture shop.",
                Personality = "Warm, brief, precise.",
            },
            Security = new() { Origins = [site] },
        };
}
