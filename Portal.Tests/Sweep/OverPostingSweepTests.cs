using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AngleSharp.Dom;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;

namespace Portal.Tests.Sweep;

/// <summary>
/// Over-posting: the name of every column, as an additional field of every form and in the visitors' API.
/// </summary>
[Trait("Speed", "slow")]
public sealed class OverPostingSweepTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Text = "overposted";
    private const string Number = "987654";
    private const string Day = "2001-02-03";

    private string Owner => portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!;

    public static TheoryData<string> Forms =>
        new(
            Row.All.Where(row =>
                    row.Method == "POST"
                    && !row.Path.StartsWith("/api/", StringComparison.Ordinal)
                    && Poster(row) is not null
                )
                .Select(row => row.ToString())
        );

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task No_form_takes_more_than_its_fields(string name)
    {
        var template = Row.All.First(row => row.ToString() == name);
        var (own, other) = (
            await World.NewAsync(portal, template.Things),
            await World.NewAsync(portal, template.Things)
        );
        var row = template.With(own.Things);
        var visitor = await own.CallerAsync(Poster(template)!);
        var before = await other.FingerprintAsync();

        await visitor.OpenAsync(row.Path.Split('?')[0]);
        var form = visitor
            .Page.QuerySelectorAll("main form")
            .FirstOrDefault(form => form.GetAttribute("method") is "post" && IsAt(visitor, form, row.Path));
        var known = visitor
            .Page.QuerySelectorAll("[name]")
            .Select(field => field.GetAttribute("name")!)
            .Concat(row.Fields.Select(field => field.Name))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

        // As many at a time as a form may have.
        foreach (var extra in (await ExtraAsync(known, other)).Chunk(400))
        {
            if (form is not null)
            {
                await visitor.SubmitAsync(form, row.Path, [.. row.Fields, .. extra]);
            }
            else
            {
                await visitor.AskAsync(row, extra);
            }

            Assert.True(
                visitor.Status is not (HttpStatusCode.InternalServerError or HttpStatusCode.BadRequest),
                $"{row} answered {visitor.Status} to fields that it does not know."
            );
        }

        Assert.Equal("", await PlantedAsync(own.Shop.ClientId, other.Shop.ClientId));
        Assert.Equal(before, await other.FingerprintAsync());
    }

    [Fact]
    public async Task What_was_planted_would_be_found()
    {
        var (own, other) = (await World.NewAsync(portal, []), await World.NewAsync(portal, []));
        await using var owner = NpgsqlDataSource.Create(Owner);
        foreach (
            var sql in new[]
            {
                $"UPDATE clients SET company_name = '{Text}'",
                $"UPDATE visitor_sessions SET message_count = {Number}",
                $"UPDATE widgets SET created_at = '{Day}'",
                $"UPDATE visitor_sessions SET visitor_id = '{other.Shop.ClientId}'",
            }
        )
        {
            await using var transaction = await (await owner.OpenConnectionAsync()).BeginTransactionAsync();
            await using var plant = new NpgsqlCommand(
                $"{sql} WHERE {(sql.Contains("clients", StringComparison.Ordinal) ? "id" : "client_id")} = '{own.Shop.ClientId}'",
                transaction.Connection,
                transaction
            );
            Assert.Equal(1, await plant.ExecuteNonQueryAsync());
            Assert.NotEqual("", await PlantedAsync(own.Shop.ClientId, other.Shop.ClientId, transaction));
        }
    }

    [Fact]
    public async Task The_visitors_api_refuses_a_member_that_it_does_not_know()
    {
        var world = await World.NewAsync(portal, []);
        string[] known = ["visitorId", "token", "page", "locale"];

        foreach (
            var column in (await ColumnsAsync())
                .Select(column => column.Name)
                .SelectMany(name => new[] { name, JsonNamingPolicy.CamelCase.ConvertName(Pascal(name)) })
                .Distinct()
                .Except(known)
        )
        {
            using var answer = await portal.Http.PostAsJsonAsync(
                new Uri($"/api/widgets/{world.Shop.Id}/sessions", UriKind.Relative),
                new Dictionary<string, string> { [column] = Text }
            );
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{column}: {answer.StatusCode}");
        }
    }

    // The callers that the table allows, those with the fewest rights first.
    private static string? Poster(Row row) =>
        new[] { "signed out", "member", "owner", "admin" }.FirstOrDefault(caller => row.Expect(caller) == "ok");

    private static bool IsAt(Visitor visitor, IElement form, string path)
    {
        var address = new Uri(visitor.Address, form.GetAttribute("action") ?? "");
        return address.PathAndQuery.Equals(path, StringComparison.OrdinalIgnoreCase);
    }

    // As the database names it and as C# would, bare and behind each prefix that the page's own fields have.
    private async Task<(string Name, string Value)[]> ExtraAsync(HashSet<string> known, World other)
    {
        string[] prefixes =
        [
            "",
            .. known
                .Where(name => name.Contains('.', StringComparison.Ordinal))
                .Select(name => name[..(name.LastIndexOf('.') + 1)])
                .Distinct(),
        ];
        var extra =
            from column in await ColumnsAsync()
            from prefix in prefixes
            from name in new[] { prefix + column.Name, prefix + Pascal(column.Name) }
            where
                !known.Contains(name) && !known.Any(own => own.EndsWith("." + name, StringComparison.OrdinalIgnoreCase))
            select (name, Value(column.Type, other.Shop.ClientId));
        return [.. extra.DistinctBy(field => field.name)];
    }

    private static string Value(string type, Guid other) =>
        type switch
        {
            "uuid" => $"{other}",
            "boolean" => "true",
            "integer" or "bigint" or "smallint" or "double precision" or "numeric" => Number,
            "date" => Day,
            _ when type.StartsWith("timestamp", StringComparison.Ordinal) => $"{Day}T04:05:06Z",
            "jsonb" => $$"""{"{{Text}}":1}""",
            _ => Text,
        };

    // Which of the client's rows holds something that no form of its own could have put there.
    private async Task<string> PlantedAsync(Guid client, Guid other, NpgsqlTransaction? within = null)
    {
        await using var source = NpgsqlDataSource.Create(Owner);
        var connection = within?.Connection ?? await source.OpenConnectionAsync();
        var tables = (await ColumnsAsync())
            .Where(column => column.Name == "client_id")
            .Select(column =>
                $"SELECT '{column.Table}' AS owner, t::text AS row FROM {column.Table} t WHERE client_id = $1"
            )
            .Append("SELECT 'clients', t::text FROM clients t WHERE id = $1");
        await using var command = new NpgsqlCommand(
            $"SELECT coalesce(string_agg(owner || ' ' || row, '; '), '') FROM ({string.Join(" UNION ALL ", tables)}) AS rows WHERE row ~ $2",
            connection,
            within
        )
        {
            Parameters =
            {
                new() { Value = client },
                new() { Value = string.Create(CultureInfo.InvariantCulture, $"{Text}|{Number}|{Day}|{other}") },
            },
        };
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<List<(string Table, string Name, string Type)>> ColumnsAsync()
    {
        await using var source = NpgsqlDataSource.Create(Owner);
        await using var command = source.CreateCommand(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        );
        await using var rows = await command.ExecuteReaderAsync();
        var columns = new List<(string, string, string)>();
        while (await rows.ReadAsync())
        {
            columns.Add((rows.GetString(0), rows.GetString(1), rows.GetString(2)));
        }

        return columns;
    }

    private static string Pascal(string name) =>
        string.Concat(
            name.Split('_', StringSplitOptions.RemoveEmptyEntries)
                .Select(word => char.ToUpperInvariant(word[0]) + word[1..])
        );
}
