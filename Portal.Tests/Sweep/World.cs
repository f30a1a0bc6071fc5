using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Demos;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Sweep;

/// <summary>A client with people and one thing of each kind, for one row of the sweep.</summary>
public sealed class World
{
    private readonly Dictionary<string, string> _things = [];

    private World(PortalApp portal, Shop shop) => (Portal, Shop) = (portal, shop);

    public PortalApp Portal { get; }

    public Shop Shop { get; }

    /// <summary>What a visitor asked, which nobody but the client and the agency may read.</summary>
    public string Question { get; } = $"What is {Guid.NewGuid():N}?";

    /// <summary>
    /// What the row's words stand for. A new kind of thing: one more line in <see cref="MakeAsync"/>.
    /// </summary>
    public static async Task<World> NewAsync(PortalApp portal, IEnumerable<string> things)
    {
        var world = new World(portal, await portal.NewWidgetAsync("https://n8n.shop.example/webhook/shop"));
        world._things["session"] = $"{await portal.HadAsync(world.Shop, new(world.Question, DateTimeOffset.UtcNow))}";
        foreach (var thing in things.Where(thing => thing != "session"))
        {
            world._things[thing] = await world.MakeAsync(thing);
        }

        return world;
    }

    public IReadOnlyDictionary<string, string> Things => _things;

    public async Task<Visitor> CallerAsync(string caller) =>
        caller switch
        {
            "signed out" => Portal.SignedOut(),
            "admin" => await SignedInAsync(null, UserRole.Admin),
            "member" => await SignedInAsync(Shop.ClientId, UserRole.Member),
            _ => await SignedInAsync(Shop.ClientId, UserRole.Owner),
        };

    /// <summary>Changes when any row of the client does.</summary>
    public async Task<string> FingerprintAsync()
    {
        await using var tables = Portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Jobs.CreateCommand(
                """
                SELECT string_agg(format('SELECT %L || t::text FROM %I t WHERE %I = $1', c.relname, c.relname, CASE c.relname WHEN 'clients' THEN 'id' ELSE 'client_id' END), ' UNION ALL ')
                FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                  AND (c.relname = 'clients' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped))
                """
            );
        var sql =
            $"SELECT md5(coalesce(string_agg(line, '|' ORDER BY line), '')) FROM ({await tables.ExecuteScalarAsync()}) AS lines (line)";
        await using var owner = new NpgsqlConnection(
            Portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner
        );
        await owner.OpenAsync();
        await using var command = new NpgsqlCommand(sql, owner) { Parameters = { new() { Value = Shop.ClientId } } };
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<string> MakeAsync(string thing) =>
        thing switch
        {
            "client" => $"{Shop.ClientId}",
            "widget" => $"{Shop.Id}",
            "message" => await OneAsync($"SELECT id::text FROM chat_logs WHERE session_id = '{_things["session"]}'"),
            "user" => $"{(await NewUserAsync(Shop.ClientId, UserRole.Member)).Id}",
            "sign-in" => $"{await Portal.NewSessionAsync(await NewUserAsync(Shop.ClientId, UserRole.Member))}",
            "recipient" => await NewRecipientAsync(),
            "correction" => await NewCorrectionAsync(),
            "note" => await NewNoteAsync(),
            "view" => await NewViewAsync(),
            "email" => await OneAsync(
                $"INSERT INTO emails (id, client_id, template, to_address) VALUES (gen_random_uuid(), '{Shop.ClientId}', 'test', 'kim@people.test') RETURNING id::text"
            ),
            "invitation" => $"{await InvitedAsync()}",
            "picture" => await NewPictureAsync(),
            "ticket" => Portal
                .Services.GetRequiredService<Portal.Chat.PreviewTickets>()
                .Write(new(Shop.Id, await Portal.NewSessionAsync(await NewUserAsync(Shop.ClientId, UserRole.Member)))),
            "admin-token" => await NewAdminTokenAsync(),
            "demo" => await DemoAsync(),
            "template" => "webhook-respond",
            "webhook-test" => await NewWebhookTestAsync(),
            "nobodys-token" => new string('x', 43),
            _ => throw new InvalidOperationException($"World.cs knows no {{{thing}}}."),
        };

    private async Task<string> NewAdminTokenAsync()
    {
        var maker = await NewUserAsync(null, UserRole.Admin);
        var (row, _) = AdminToken.Make(
            "Nightly",
            ["clean-up"],
            maker.Id,
            "Kim",
            DateTimeOffset.UtcNow,
            TimeSpan.FromDays(1)
        );
        await Portal.With(
            (AccountsDb db) =>
            {
                db.Add(row);
                return db.SaveChangesAsync();
            }
        );
        return $"{row.Id}";
    }

    private Task<string> NewRecipientAsync() => Portal.As(Shop.ClientId, async db =>
        {
            var recipient = new AlertRecipient($"{Guid.NewGuid():N}@people.test");
            db.Add(recipient);
            await db.SaveChangesAsync();
            return $"{recipient.Id}";
        });

    private Task<string> NewNoteAsync() => Portal.As(Shop.ClientId, async db =>
        {
            var note = new ConversationNote
            {
                SessionId = Guid.Parse(_things["session"]),
                WidgetId = Shop.Id,
                Kind = NoteKind.Note,
                AuthorId = Guid.CreateVersion7(),
                AuthorName = "Kim",
                Text = "Called back.",
            };
            db.Add(note);
            await db.SaveChangesAsync();
            return $"{note.Id}";
        });

    private Task<string> NewViewAsync() => Portal.As(Shop.ClientId, async db =>
        {
            var view = new SavedView { Name = "Open", Query = "?state=open" };
            db.Add(view);
            await db.SaveChangesAsync();
            return $"{view.Id}";
        });

    private Task<string> NewCorrectionAsync() => Portal.As(Shop.ClientId, async db =>
        {
            var correction = new Correction
            {
                WidgetId = Shop.Id,
                Question = Question,
                Answer = "Like this.",
                AuthorId = Guid.CreateVersion7(),
                AuthorName = "Kim",
            };
            db.Add(correction);
            await db.SaveChangesAsync();
            return $"{correction.Id}";
        });

    private Task<string> NewWebhookTestAsync() => Portal.As(Shop.ClientId, async db =>
        {
            var test = new WebhookTest(Guid.CreateVersion7(), Shop.Id, "{}", DateTimeOffset.UtcNow);
            db.Add(test);
            await db.SaveChangesAsync();
            return $"{test.Id}";
        });

    private Task<string> NewPictureAsync() => Portal.As(Shop.ClientId, async db =>
        {
            var picture = new WidgetImage(
                Shop.Id,
                Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Shop.Id.ToByteArray())),
                [0],
                1,
                1
            );
            db.Add(picture);
            await db.SaveChangesAsync();
            return picture.Hash;
        });

    private async Task<string> DemoAsync()
    {
        await using var scope = Portal.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Enter(Shop.ClientId);
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        var like = await db.Widgets.SingleAsync(widget => widget.Id == Shop.Id);
        var link = await scope
            .ServiceProvider.GetRequiredService<DemoService>()
            .MakeAsync(like, "Prospect", 14, 10, null, Guid.CreateVersion7(), "Kim", default);
        return $"{link.Id}";
    }

    private async Task<Guid> InvitedAsync()
    {
        var invitation = Invitation.To(
            Shop.ClientId,
            $"{Guid.NewGuid():N}@team.test",
            "Nia",
            UserRole.Member,
            Guid.CreateVersion7(),
            "Kim",
            DateTimeOffset.UtcNow
        );
        await Portal.With(
            (AccountsDb db) =>
            {
                db.Add(invitation);
                return db.SaveChangesAsync();
            }
        );
        return invitation.Id;
    }

    private async Task<string> OneAsync(string sql)
    {
        await using var command = Portal.Services.GetRequiredService<Portal.Data.Databases>().Jobs.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<Visitor> SignedInAsync(Guid? client, UserRole role) =>
        await Portal.SignedInAsync(await NewUserAsync(client, role));

    // Without a password, whose hashing would take longer than all the rest.
    private async Task<User> NewUserAsync(Guid? client, UserRole role)
    {
        var email = $"{Guid.NewGuid():N}@people.test";
        var user = new User
        {
            ClientId = client,
            Role = role,
            DisplayName = "Kim Person",
            UserName = email,
            Email = email,
        };
        var made = await Portal.With((UserManager<User> users) => users.CreateAsync(user));
        Assert.True(made.Succeeded, made.ToString());
        return user;
    }
}
