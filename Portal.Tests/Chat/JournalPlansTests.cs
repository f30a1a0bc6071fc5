using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Tests.Api;

namespace Portal.Tests.Chat;

/// <summary>
/// What the journal costs must not grow with what it holds while PostgreSQL has not counted yet how much that is.
/// </summary>
public sealed partial class JournalPlansTests(PortalApp portal) : IClassFixture<PortalApp>
{
    [Fact]
    public async Task Whatever_the_journal_writes_it_finds_by_its_id()
    {
        await using var n8n = await N8n.StartAsync();
        var shop = await portal.NewWidgetAsync(n8n.Url);
        // Npgsql prepares a statement when it comes the fifth time; an opening comes once in a conversation.
        for (var conversation = 0; conversation < 8; conversation++)
        {
            await (await portal.Guest(shop).OpenAsync()).AskAsync("Hello?");
        }

        // The writer's own connection, which holds the plans as it made them.
        await using var connection = await portal
            .Services.GetRequiredService<Portal.Data.Databases>()
            .Journal.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var set = new NpgsqlCommand("SET LOCAL plan_cache_mode = force_generic_plan", connection);
        await set.ExecuteNonQueryAsync();
        var statements = await PreparedAsync(connection);

        Assert.Contains(statements, statement =>
            statement.Sql.Contains("INSERT INTO chat_logs", StringComparison.Ordinal)
        );
        Assert.Contains(statements, statement =>
            statement.Sql.Contains("status = 'answered'", StringComparison.Ordinal)
        );
        foreach (var (name, sql, parameters) in statements)
        {
            await using var explain = new NpgsqlCommand(
                $"EXPLAIN (FORMAT JSON) EXECUTE {name}({string.Join(", ", Enumerable.Repeat("NULL", parameters))})",
                connection
            );
            using var plan = JsonDocument.Parse((string)(await explain.ExecuteScalarAsync())!);
            foreach (
                var scan in Nodes(plan.RootElement[0].GetProperty("Plan"))
                    .Where(node =>
                        node.TryGetProperty("Relation Name", out _)
                        && Type(node).EndsWith("Scan", StringComparison.Ordinal)
                    )
            )
            {
                Assert.True(
                    Type(scan) == "Index Scan"
                        && scan.TryGetProperty("Index Cond", out var by)
                        && ById().IsMatch(by.GetString()!),
                    $"{sql}\nis planned as\n{plan.RootElement}"
                );
            }
        }
    }

    private static async Task<List<(string Name, string Sql, int Parameters)>> PreparedAsync(
        NpgsqlConnection connection
    )
    {
        await using var command = new NpgsqlCommand(
            "SELECT name, statement, cardinality(parameter_types) FROM pg_prepared_statements WHERE statement ~ 'chat_logs|visitor_sessions'",
            connection
        );
        await using var rows = await command.ExecuteReaderAsync();
        var statements = new List<(string, string, int)>();
        while (await rows.ReadAsync())
        {
            statements.Add((rows.GetString(0), rows.GetString(1), rows.GetInt32(2)));
        }

        return statements;
    }

    private static IEnumerable<JsonElement> Nodes(JsonElement plan) =>
        plan.TryGetProperty("Plans", out var inner) ? inner.EnumerateArray().SelectMany(Nodes).Prepend(plan) : [plan];

    private static string Type(JsonElement node) => node.GetProperty("Node Type").GetString()!;

    [GeneratedRegex(@"\b(id|session_id) = ")]
    private static partial Regex ById();
}
