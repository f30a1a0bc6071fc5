using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Npgsql;
using Portal.Data;
using Portal.Jobs;
using Portal.Secrets;

namespace Portal.Keys;

/// <summary>A column of sealed secrets, and the columns that make up the place each is sealed to.</summary>
public sealed record SealedColumn(string Table, string Column, string Client = "client_id", string Widget = "id");

/// <summary>
/// Encrypts again, with the current master key, what another key has encrypted and what was written by hand in the clear. A key that is no
/// longer used is forgotten, and the portal need not be given it from then on.
/// </summary>
public sealed partial class KeyRotationJob(
    Databases databases,
    SecretProtector box,
    MasterKeys keys,
    ILogger<KeyRotationJob> log
) : IJob
{
    /// <summary>Every column with encrypted secrets, except for the data protection keys, whose secret is a part of a text.</summary>
    public static readonly IReadOnlyList<SealedColumn> Columns =
    [
        new("widgets", "widget_secret"),
        new("widgets", "webhook_auth_secret"),
        new("widgets", "webhook_next_secret"),
        new("demo_links", "token", Widget: "widget_id"),
    ];

    private const int Batch = 200;

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        foreach (var column in Columns)
        {
            await ResealAsync(column, progress, cancellationToken);
        }

        await ResealKeysAsync(progress, cancellationToken);
        await ForgetAsync(cancellationToken);
    }

    /// <summary>Keys that still encrypt secrets of this database, besides the current one.</summary>
    public async Task<IReadOnlyList<string>> KeysStillNeededAsync(CancellationToken cancellationToken)
    {
        var needed = new List<string>();
        await using var command = databases.Accounts.CreateCommand(
            "SELECT key_id FROM master_key_checks WHERE key_id <> $1 ORDER BY created_at"
        );
        command.Parameters.Add(new() { Value = keys.Current.Id });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            needed.Add(rows.GetString(0));
        }

        return needed;
    }

    private async Task ResealAsync(SealedColumn column, JobProgress progress, CancellationToken cancellationToken)
    {
        var last = Guid.Empty;
        while (await StaleAsync(column, last, cancellationToken) is { Count: > 0 } stale)
        {
            foreach (var (id, place, value) in stale)
            {
                last = id;
                if (Reseal(value, place, $"{column.Table}.{column.Column} of {id}") is { } sealedAnew)
                {
                    progress.Did(
                        await ReplaceAsync(
                            databases.Jobs,
                            $"UPDATE {column.Table} SET {column.Column} = $1 WHERE id = $2 AND {column.Column} = $3",
                            sealedAnew,
                            id,
                            value,
                            cancellationToken
                        )
                    );
                }
            }
        }
    }

    private async Task<List<(Guid Id, SecretContext Place, string Value)>> StaleAsync(
        SealedColumn column,
        Guid after,
        CancellationToken cancellationToken
    )
    {
        var stale = new List<(Guid, SecretContext, string)>();
        await using var command = databases.Jobs.CreateCommand(
            $"SELECT id, {column.Client}, {column.Widget}, {column.Column} FROM {column.Table} WHERE {column.Column} IS NOT NULL AND NOT starts_with({column.Column}, $1) AND id > $2 ORDER BY id LIMIT {Batch}"
        );
        command.Parameters.Add(new() { Value = box.CurrentPrefix });
        command.Parameters.Add(new() { Value = after });
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            stale.Add(
                (rows.GetGuid(0), new(column.Table, column.Column, rows.GetGuid(1), rows.GetGuid(2)), rows.GetString(3))
            );
        }

        return stale;
    }

    private async Task ResealKeysAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        var stale = new List<(int Id, string Xml)>();
        await using (
            var command = databases.Accounts.CreateCommand(
                "SELECT id, xml FROM data_protection_keys WHERE xml LIKE '%enc1.%' ORDER BY id"
            )
        )
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                stale.Add((rows.GetInt32(0), rows.GetString(1)));
            }
        }

        foreach (var (id, xml) in stale)
        {
            if (
                SealedPart().Match(xml) is { Success: true } part
                && !box.IsCurrent(part.Value)
                && Reseal(part.Value, MasterKeyXmlEncryptor.Place, $"data_protection_keys.xml of {id}")
                    is { } sealedAnew
            )
            {
                progress.Did(
                    await ReplaceAsync(
                        databases.Accounts,
                        "UPDATE data_protection_keys SET xml = $1 WHERE id = $2 AND xml = $3",
                        xml.Replace(part.Value, sealedAnew, StringComparison.Ordinal),
                        id,
                        xml,
                        cancellationToken
                    )
                );
            }
        }
    }

    // Null, with a log line for the operator, when it cannot be decrypted: the secret is left unchanged, and its key is still needed.
    private string? Reseal(string value, SecretContext place, string where)
    {
        try
        {
            return box.Seal(box.Open(value, place), place);
        }
        catch (CryptographicException error)
        {
            log.LogError(
                "The secret in {Where} could not be decrypted and was left unchanged: {Reason}",
                where,
                error.Message
            );
            return null;
        }
    }

    private static async Task<int> ReplaceAsync(
        NpgsqlDataSource source,
        string sql,
        string value,
        object id,
        string old,
        CancellationToken cancellationToken
    )
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = value });
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = old });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        foreach (var key in await KeysStillNeededAsync(cancellationToken))
        {
            if (
                await IsIdleAsync(
                    databases.Accounts,
                    "SELECT NOT EXISTS (SELECT FROM data_protection_keys WHERE strpos(xml, $1) > 0)",
                    key,
                    cancellationToken
                )
                && await IsIdleAsync(
                    databases.Jobs,
                    $"SELECT NOT EXISTS ({string.Join(" UNION ALL ", Columns.Select(column => $"SELECT FROM {column.Table} WHERE starts_with({column.Column}, $1)"))})",
                    key,
                    cancellationToken
                )
            )
            {
                await using var forget = databases.Accounts.CreateCommand(
                    "DELETE FROM master_key_checks WHERE key_id = $1"
                );
                forget.Parameters.Add(new() { Value = key });
                await forget.ExecuteNonQueryAsync(cancellationToken);
                log.LogInformation("Nothing is encrypted with master key {Key} anymore", key);
            }
        }
    }

    private static async Task<bool> IsIdleAsync(
        NpgsqlDataSource source,
        string sql,
        string key,
        CancellationToken cancellationToken
    )
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = SecretProtector.PrefixOf(key) });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    [GeneratedRegex(@"enc1\.[0-9a-f]+\.[A-Za-z0-9_-]+", RegexOptions.NonBacktracking)]
    private static partial Regex SealedPart();
}
