using Portal.Audit;

namespace Portal.Tests.Sweep;

/// <summary>Every endpoint of the portal, called by everybody, with their own ids and with those of others.</summary>
[Trait("Speed", "slow")]
public sealed class SweepTests(PortalApp portal) : IClassFixture<PortalApp>
{
    // Forms that ask something before they do their work, and so answer with a page.
    private static readonly string[] s_asking =
    [
        "/account/confirm",
        "/account/factors?handler=AddPasskey",
        "/account/factors?handler=RemoveApp",
        "/account/factors?handler=RemovePasskey",
    ];

    public static TheoryData<string> Rows => new(Row.All.Select(row => row.ToString()));

    [Fact]
    public async Task Every_endpoint_and_handler_has_a_row_and_every_row_an_endpoint()
    {
        var asked = await portal.AskedAsync();
        var unmet = asked.Where(one => !Row.All.Any(one.IsMetBy)).ToList();
        var idle = Row.All.Where(row => !asked.Any(one => one.IsFor(row))).ToList();

        Assert.NotEmpty(asked);
        Assert.True(
            unmet.Count == 0,
            $"Without a row in Sweep/rows.txt (an id that a form or a query takes belongs into it as name={{thing}}):\n{string.Join('\n', unmet)}"
        );
        Assert.True(idle.Count == 0, $"Nothing answers:\n{string.Join('\n', idle)}");
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Everybody_gets_what_the_table_says_and_who_is_refused_changes_nothing(string name)
    {
        var row = Row.All.First(row => row.ToString() == name);
        var own = await World.NewAsync(portal, row.Things);
        var other = await World.NewAsync(portal, row.Things);
        var before = await own.FingerprintAsync();

        // Those whose rows these are not, first: a refusal must leave them as they are.
        foreach (
            var caller in Row.Callers.Where(caller => caller is not ("member" or "owner") && row.Expect(caller) != "ok")
        )
        {
            await ExpectAsync(
                row,
                caller,
                own,
                own.Things,
                await (caller == "other" ? other : own).CallerAsync(caller)
            );
        }

        // One's own parent with somebody else's child, and the other way round.
        if (row.Things.Count > 1 && row.Expect("other") == "404")
        {
            // A template belongs to nobody, and only admins' forms may name a client.
            foreach (var foreign in row.Things.Where(thing => thing is not ("template" or "client")))
            {
                var mixed = row.Things.ToDictionary(
                    thing => thing,
                    thing => thing == foreign ? own.Things[thing] : other.Things[thing]
                );
                await ExpectAsync(row, "other", own, mixed, await other.CallerAsync("owner"));
            }
        }

        Assert.True(before == await own.FingerprintAsync(), $"{row} was refused and has changed something.");

        foreach (var caller in Row.Callers.Where(caller => caller is "member" or "owner" || row.Expect(caller) == "ok"))
        {
            var fresh = await World.NewAsync(portal, row.Things);
            await ExpectAsync(
                row,
                caller,
                fresh,
                fresh.Things,
                await (caller == "other" ? other : fresh).CallerAsync(caller)
            );
        }
    }

    private static async Task ExpectAsync(
        Row row,
        string caller,
        World world,
        IReadOnlyDictionary<string, string> things,
        Visitor visitor
    )
    {
        var asked = row.With(things);
        await visitor.AskAsync(asked);
        Assert.True(
            row.Expect(caller) == Row.Outcome(visitor),
            $"{asked}: {caller} got {Row.Outcome(visitor)} ({(int)visitor.Status} of {visitor.Path}), the table says {row.Expect(caller)}."
        );
        Assert.False(
            IsRepeatedByReload(asked, visitor),
            $"{asked}: {caller} got a page for an answer to a form. Redirect, or a reload sends the form again."
        );
        Assert.True(
            caller is "member" or "owner" or "admin"
                || !visitor.Body.Contains(world.Question, StringComparison.Ordinal),
            $"{asked}: {caller} read what only the client may."
        );
    }

    private static bool IsRepeatedByReload(Row asked, Visitor visitor) =>
        asked.Method == "POST"
        && visitor.Response.RequestMessage!.Method == HttpMethod.Post
        && visitor.Status == System.Net.HttpStatusCode.OK
        && visitor.Shows("main")
        && !s_asking.Any(form => asked.Path.StartsWith(form, StringComparison.Ordinal));
}
