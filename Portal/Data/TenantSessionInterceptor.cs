using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using NpgsqlTypes;
using Portal.Model;

namespace Portal.Data;

/// <summary>
/// Sends the entered client to the database with every command, for row-level security. The setting ends with the transaction, so no pooled
/// connection keeps it for the next request. For a command outside a transaction it is sent in the command's own round trip.
/// </summary>
public sealed class TenantSessionInterceptor : DbCommandInterceptor, IDbTransactionInterceptor
{
    public static readonly TenantSessionInterceptor Instance = new();

    private const string Parameter = "entered_client";

    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command,
        CommandEventData data,
        InterceptionResult<DbDataReader> result
    )
    {
        Enter(command, data);
        return result;
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData data,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default
    )
    {
        Enter(command, data);
        return ValueTask.FromResult(result);
    }

    public override InterceptionResult<int> NonQueryExecuting(
        DbCommand command,
        CommandEventData data,
        InterceptionResult<int> result
    )
    {
        Enter(command, data);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command,
        CommandEventData data,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        Enter(command, data);
        return ValueTask.FromResult(result);
    }

    // The first result belongs to the setting.
    public override DbDataReader ReaderExecuted(DbCommand command, CommandExecutedEventData data, DbDataReader result)
    {
        if (HasEntered(command))
        {
            result.NextResult();
        }

        return result;
    }

    public override async ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command,
        CommandExecutedEventData data,
        DbDataReader result,
        CancellationToken cancellationToken = default
    )
    {
        if (HasEntered(command))
        {
            await result.NextResultAsync(cancellationToken);
        }

        return result;
    }

    public DbTransaction TransactionStarted(DbConnection connection, TransactionEndEventData data, DbTransaction result)
    {
        if (ClientOf(data) is { } client)
        {
            using var command = SetClient(connection, result, client);
            command.ExecuteNonQuery();
        }

        return result;
    }

    public async ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection,
        TransactionEndEventData data,
        DbTransaction result,
        CancellationToken cancellationToken = default
    )
    {
        if (ClientOf(data) is { } client)
        {
            await using var command = SetClient(connection, result, client);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return result;
    }

    private static void Enter(DbCommand command, CommandEventData data)
    {
        if (command.Transaction is null && ClientOf(data) is { } client)
        {
            command.CommandText = $"SELECT set_config('app.client_id', @{Parameter}, true);\n{command.CommandText}";
            command.Parameters.Add(Text(Parameter, client));
        }
    }

    private static bool HasEntered(DbCommand command) => command.Parameters.Contains(Parameter);

    private static DbCommand SetClient(DbConnection connection, DbTransaction transaction, string client)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT set_config('app.client_id', $1, true)";
        command.Parameters.Add(Text(null, client));
        return command;
    }

    private static NpgsqlParameter Text(string? name, string value) =>
        new()
        {
            ParameterName = name ?? "",
            NpgsqlDbType = NpgsqlDbType.Text,
            Value = value,
        };

    private static string? ClientOf(DbContextEventData data) =>
        data.Context is PortalDb { EnteredClient: { } client } ? client.ToString() : null;
}
