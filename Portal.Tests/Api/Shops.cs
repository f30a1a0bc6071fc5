using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Chat;
using Portal.Model;

namespace Portal.Tests.Api;

/// <summary>A client with a widget, as a test needs one: its own, so that tests never see each other's rows.</summary>
public sealed record Shop(Guid Id, Guid ClientId);

public static class Shops
{
    extension(PortalApp portal)
    {
        public async Task<Shop> NewWidgetAsync(string webhookUrl, WidgetConfig? config = null, bool isActive = true)
        {
            var client = new Client($"Shop {Guid.NewGuid():N}");
            var widget = Guid.CreateVersion7();
            var secret = portal.Services.GetRequiredService<WidgetSecrets>().Create(client.Id, widget);
            await portal.AsAgency(async db =>
            {
                var row = new Widget(widget, "Assistant", webhookUrl, secret, config ?? new());
                if (!isActive)
                {
                    row.SwitchOff();
                }

                db.Add(client);
                db.AddFor(client.Id, row);
                return await db.SaveChangesAsync();
            });
            return new(widget, client.Id);
        }

        /// <summary>
        /// Exactly the columns that the customer's own INSERT statements name, with a secret in the clear.
        /// </summary>
        public async Task<Shop> SeedRowAsync(string webhookUrl)
        {
            await using var command = portal
                .Services.GetRequiredService<Portal.Data.Databases>()
                .Jobs.CreateCommand(
                    """
                    WITH client AS (INSERT INTO clients (name) VALUES ('By hand') RETURNING id)
                    INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret)
                    SELECT id, 'Assistant', '{"greeting": "hi", "look": 5}', $1, 'a secret of the old days' FROM client
                    RETURNING id, client_id
                    """
                );
            command.Parameters.AddWithValue(webhookUrl);
            await using var row = await command.ExecuteReaderAsync();
            await row.ReadAsync();
            return new(row.GetGuid(0), row.GetGuid(1));
        }

        public Guest Guest(Shop shop, string? origin = "https://shop.example") => new(portal.Http, shop.Id, origin);
    }
}
