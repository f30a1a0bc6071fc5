using System.Net;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Portal.Audit;
using Portal.Web;

namespace Portal.Tests.Sweep;

/// <summary>
/// Every form against <c>deeds.txt</c>: whether it can overwrite what somebody else saved, and whether it leaves a
/// trace.
/// </summary>
[Trait("Speed", "slow")]
public sealed partial class DeedsSweepTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private static readonly IReadOnlyList<Deed> s_deeds =
    [
        .. File.ReadLines(Beside("deeds.txt")).Where(line => line.Length > 0 && line[0] != '#').Select(Deed.Parse),
    ];

    public static TheoryData<string> Versioned =>
        new(s_deeds.Where(deed => deed.Form is not null).Select(deed => deed.Handler));

    [Fact]
    public async Task Every_form_has_a_line_and_every_line_a_form()
    {
        var asked = (await portal.AskedAsync())
            .Where(one =>
                one.Method == "POST"
                && !one.Route.StartsWith("/api/", StringComparison.Ordinal)
                && one.Route != "/error"
            )
            .Select(one => one.Handler.Length == 0 ? one.Route : $"{one.Route}?{one.Handler}")
            .Distinct()
            .ToList();

        Assert.NotEmpty(asked);
        var faults = asked
            .Except(s_deeds.Select(deed => deed.Handler))
            .Select(handler => $"no line: {handler}")
            .Concat(s_deeds.Select(deed => deed.Handler).Except(asked).Select(handler => $"no form: {handler}"))
            .ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [MemberData(nameof(Versioned))]
    public async Task A_form_over_what_somebody_else_has_changed_saves_nothing_and_says_so(string handler)
    {
        var deed = s_deeds.Single(deed => deed.Handler == handler);
        var world = await World.NewAsync(portal, ["client", "widget", "user", "demo"]);
        await ReadyAsync(world, handler);
        var visitor = await world.CallerAsync(
            handler.StartsWith("/admin", StringComparison.Ordinal) ? "admin" : "owner"
        );
        await visitor.OpenAsync(PageOf(handler, world));
        var form = visitor.Page.QuerySelector(deed.Form!);
        Assert.True(form is not null, $"{visitor.Address} has no {deed.Form}: {visitor.Status}");
        Assert.Matches(
            "^[0-9a-f]{24}$",
            form.QuerySelector($"input[name={ConcurrentEdits.Field}]")?.GetAttribute("value")
        );
        if (handler.StartsWith("/widgets/{}/picture", StringComparison.Ordinal))
        {
            // A file is sent in another way: PicturesTests.
            return;
        }

        var before = await world.FingerprintAsync();

        await visitor.SubmitAsync(
            form,
            handler.EndsWith("?Draft", StringComparison.Ordinal) ? $"/widgets/{world.Shop.Id}?handler=Draft" : null,
            [.. Changed(handler), (ConcurrentEdits.Field, "older")]
        );

        Assert.Equal(before, await world.FingerprintAsync());
        Assert.Contains("omeone else changed", visitor.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_act_that_a_form_is_said_to_log_exists_and_every_act_has_a_caller()
    {
        Assert.Equal([], s_deeds.SelectMany(deed => deed.Acts).Except(AuditAction.All.Keys));

        var sources = Directory
            .EnumerateFiles(RepositoryPaths.Portal, "*.cs", SearchOption.AllDirectories)
            .Where(file =>
                !file.EndsWith("AuditAction.cs", StringComparison.Ordinal)
                && !file.Contains("/obj/", StringComparison.Ordinal)
                && !file.Contains("/bin/", StringComparison.Ordinal)
            )
            .SelectMany(file => ActField().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .ToHashSet();
        var fields = typeof(AuditAction)
            .GetFields()
            .Where(field => field.FieldType == typeof(AuditAction))
            .Select(field => field.Name);
        Assert.Equal([], fields.Except(sources));
    }

    // What the form needs before it is there at all.
    private async Task ReadyAsync(World world, string handler)
    {
        if (handler.StartsWith("/widgets/{}/key", StringComparison.Ordinal))
        {
            await portal.As(world.Shop.ClientId, async db =>
            {
                var widget = await db.Widgets.SingleAsync(widget => widget.Id == world.Shop.Id);
                var credentials = (Portal.Chat.WidgetCredentials)
                    portal.Services.GetService(typeof(Portal.Chat.WidgetCredentials))!;
                credentials.Sign(widget);
                if (handler.Contains('?', StringComparison.Ordinal))
                {
                    credentials.MakeNextKey(widget);
                }

                return await db.SaveChangesAsync();
            });
        }
        else if (handler.StartsWith("/widgets/{}/versions", StringComparison.Ordinal))
        {
            var owner = await world.CallerAsync("owner");
            await owner.OpenAsync($"/widgets/{world.Shop.Id}");
            await owner.SubmitAsync("#customize", ("Title", "Old"));
            await owner.OpenAsync($"/widgets/{world.Shop.Id}");
            await owner.SubmitAsync("#customize", ("Title", "Live"));
            await owner.OpenAsync($"/widgets/{world.Shop.Id}");
            await owner.SubmitAsync("#customize", to: $"/widgets/{world.Shop.Id}?handler=Draft", ("Title", "Draft"));
        }
    }

    private static string PageOf(string handler, World world)
    {
        var route = handler.Split('?')[0];
        var page = route.StartsWith("/widgets/{}/key", StringComparison.Ordinal)
            ? "/widgets/{}/connection"
            : route.Replace("/picture", "", StringComparison.Ordinal);
        var thing = page.Split('/')[1] switch
        {
            "admin" => "client",
            "demos" => "demo",
            "team" => "user",
            _ => "widget",
        };
        return page.Replace("{}", world.Things[thing], StringComparison.Ordinal);
    }

    private static (string Name, string Value)[] Changed(string handler) =>
        handler.Split('?')[0] switch
        {
            "/account" or "/settings" or "/admin/clients/{}" => [("Input.Name", "Another name")],
            "/widgets/{}" => [("Title", "Another title")],
            "/widgets/{}/connection" => [("TimeoutSeconds", "17")],
            "/widgets/{}/settings" => [("Name", "Another name")],
            "/demos/{}" => [("Input.Messages", "77")],
            "/team/{}" => [("role", "Owner")],
            _ => [],
        };

    private static string Beside(string file, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, file);

    [GeneratedRegex(@"\bAuditAction\.([A-Z][A-Za-z]+)")]
    private static partial Regex ActField();

    private sealed record Deed(string Handler, string? Form, IReadOnlyList<string> Acts)
    {
        public static Deed Parse(string line)
        {
            var parts = line.Split('|', StringSplitOptions.TrimEntries);
            Assert.True(
                parts.Length == 3 && parts.All(part => part is { Length: > 2 } or ['/', ..]),
                $"deeds.txt: {line}"
            );
            return new(parts[0], parts[1][0] == '-' ? null : parts[1], parts[2][0] == '-' ? [] : parts[2].Split(' '));
        }
    }
}
