using Microsoft.AspNetCore.DataProtection;
using Npgsql;
using Portal.Data;
using Portal.Hosting;
using Portal.Jobs;

namespace Portal.Keys;

/// <summary>
/// Creates the first data protection key, for cookies and links. If several replicas start at once on an empty
/// database, each would create one of its own and not know the others' for a while, so they take turns, and the second
/// finds the first one's.
/// </summary>
public static class DataProtectionBootstrap
{
    private const long Turn = 7340035;

    public static async Task EnsureFirstKeyAsync(this IServiceProvider services, CancellationToken cancellationToken)
    {
        await using var connection = await services
            .GetRequiredService<Databases>()
            .Accounts.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var turn = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection, transaction)
        {
            Parameters = { new() { Value = Turn } },
        };
        await turn.ExecuteNonQueryAsync(cancellationToken);

        // The first use reads the keys, or creates one.
        services.GetRequiredService<IDataProtectionProvider>().CreateProtector("start").Protect("");
        await transaction.CommitAsync(cancellationToken);
    }
}

internal sealed class FirstKeyStep(IServiceProvider services) : IStartupStep
{
    public Task RunAsync(CancellationToken cancellationToken) => services.EnsureFirstKeyAsync(cancellationToken);
}

public static class KeyServices
{
    public static IServiceCollection AddKeys(this IServiceCollection services) =>
        services
            .AddStartupStep<FirstKeyStep>()
            .AddJob<KeyRotationJob>(
                "key-rotation",
                "Secrets",
                "Re-encrypts secrets with the current master key, and encrypts those that were written by hand.",
                TimeSpan.FromHours(1)
            );
}
