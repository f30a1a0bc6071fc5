using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Portal.Jobs;
using Portal.Model;
using Portal.Secrets;

namespace Portal.Keys;

/// <summary>A column of sealed secrets, and the columns that make up the place each is sealed to.</summary>
public sealed record SealedColumn(string Table, string Column, string Client = "client_id", string Widget = "id");

/// <summary>
/// Encrypts again, with the current master key, what another key has encrypted and what was written by hand in the
/// clear. A key that is no longer used is forgotten, and the portal need not be given it from then on.
/// </summary>
public sealed partial class KeyRotationJob(
    JobsDb jobs,
    KeysDb protection,
    SecretProtector box,
    MasterKeys keys,
    ILogger<KeyRotationJob> log
) : IJob
{
    /// <summary>
    /// Every column with encrypted secrets, except for the data protection keys, whose secret is a part of a text.
    /// </summary>
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
    public async Task<IReadOnlyList<string>> KeysStillNeededAsync(CancellationToken cancellationToken) =>
        await protection
            .Database.SqlQuery<string>(
                $"""SELECT key_id AS "Value" FROM master_key_checks WHERE key_id <> {keys.Current.Id} ORDER BY created_at"""
            )
            .ToListAsync(cancellationToken);

    private async Task ResealAsync(SealedColumn column, JobProgress progress, CancellationToken cancellationToken)
    {
        var last = Guid.Empty;
        while (await StaleAsync(column, last, cancellationToken) is { Count: > 0 } stale)
        {
            // The names of table and column are constants, see above.
            var replace =
                $"UPDATE {column.Table} SET {column.Column} = {{0}} WHERE id = {{1}} AND {column.Column} = {{2}}";
            foreach (var secret in stale)
            {
                last = secret.Id;
                var place = new SecretContext(column.Table, column.Column, secret.ClientId, secret.WidgetId);
                if (Reseal(secret.Value, place, $"{column.Table}.{column.Column} of {secret.Id}") is { } sealedAnew)
                {
                    progress.Did(
                        await jobs.Database.ExecuteSqlRawAsync(
                            replace,
                            [sealedAnew, secret.Id, secret.Value],
                            cancellationToken
                        )
                    );
                }
            }
        }
    }

    private Task<List<Stale>> StaleAsync(SealedColumn column, Guid after, CancellationToken cancellationToken)
    {
        var sql = $$"""
            SELECT id, {{column.Client}} AS client_id, {{column.Widget}} AS widget_id, {{column.Column}} AS value FROM {{column.Table}}
            WHERE {{column.Column}} IS NOT NULL AND NOT starts_with({{column.Column}}, {0}) AND id > {1} ORDER BY id LIMIT {{Batch}}
            """;
        return jobs.Database.SqlQueryRaw<Stale>(sql, box.CurrentPrefix, after).ToListAsync(cancellationToken);
    }

    private async Task ResealKeysAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        var stale = await protection
            .DataProtectionKeys.AsNoTracking()
            .Where(key => key.Xml!.Contains("enc1."))
            .OrderBy(key => key.Id)
            .ToListAsync(cancellationToken);
        foreach (var key in stale)
        {
            var (id, xml) = (key.Id, key.Xml!);
            if (
                SealedPart().Match(xml) is { Success: true } part
                && !box.IsCurrent(part.Value)
                && Reseal(part.Value, MasterKeyXmlEncryptor.Place, $"data_protection_keys.xml of {id}")
                    is { } sealedAnew
            )
            {
                var changed = xml.Replace(part.Value, sealedAnew, StringComparison.Ordinal);
                progress.Did(
                    await protection
                        .DataProtectionKeys.Where(row => row.Id == id && row.Xml == xml)
                        .ExecuteUpdateAsync(set => set.SetProperty(row => row.Xml, changed), cancellationToken)
                );
            }
        }
    }

    // Null, with a log line for the operator, when it cannot be decrypted: the secret is left unchanged, and its key is
    // still needed.
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

    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        foreach (var key in await KeysStillNeededAsync(cancellationToken))
        {
            var prefix = SecretProtector.PrefixOf(key);
            if (
                await protection.DataProtectionKeys.AnyAsync(row => row.Xml!.Contains(prefix), cancellationToken)
                || await IsUsedAsync(prefix, cancellationToken)
            )
            {
                continue;
            }

            await protection.Database.ExecuteSqlAsync(
                $"DELETE FROM master_key_checks WHERE key_id = {key}",
                cancellationToken
            );
            log.LogInformation("Nothing is encrypted with master key {Key} anymore", key);
        }
    }

    private async Task<bool> IsUsedAsync(string prefix, CancellationToken cancellationToken)
    {
        var sealedWith = string.Join(
            " UNION ALL ",
            Columns.Select(column => $"SELECT FROM {column.Table} WHERE starts_with({column.Column}, {{0}})")
        );
        var sql = $"SELECT EXISTS ({sealedWith}) AS \"Value\"";
        return (await jobs.Database.SqlQueryRaw<bool>(sql, prefix).ToListAsync(cancellationToken)).Single();
    }

    private sealed record Stale(Guid Id, Guid ClientId, Guid WidgetId, string Value);

    [GeneratedRegex(@"enc1\.[0-9a-f]+\.[A-Za-z0-9_-]+", RegexOptions.NonBacktracking)]
    private static partial Regex SealedPart();
}
