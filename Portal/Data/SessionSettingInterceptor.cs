using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace Portal.Data;

/// <summary>
/// Sends a setting that row level security goes by, with whatever a context asks of the database. It ends with the
/// transaction, so no pooled connection carries it on to the next request. A command outside a transaction takes it
/// along in its own round trip.
/// </summary>
public abstract class SessionSettingInterceptor(string setting) : DbCommandInterceptor, IDbTransactionInterceptor
{
    private const string Name = "session_setting";
    private const string Value = "session_value";

    /// <summary>What to set it to; null to leave it alone.</summary>
    protected abstract string? ValueFor(DbContext? context);

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

    // The first result is the setting's.
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
        if (ValueFor(data.Context) is { } value)
        {
            using var command = Set(connection, result, value);
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
        if (ValueFor(data.Context) is { } value)
        {
            await using var command = Set(connection, result, value);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return result;
    }

    private void Enter(DbCommand command, CommandEventData data)
    {
        if (command.Transaction is null && ValueFor(data.Context) is { } value)
        {
            command.CommandText = $"SELECT set_config(@{Name}, @{Value}, true);\n{command.CommandText}";
            command.Parameters.Add(Text(Name, setting));
            command.Parameters.Add(Text(Value, value));
        }
    }

    private static bool HasEntered(DbCommand command) => command.Parameters.Contains(Name);

    private DbCommand Set(DbConnection connection, DbTransaction transaction, string value)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT set_config($1, $2, true)";
        command.Parameters.Add(Text(null, setting));
        command.Parameters.Add(Text(null, value));
        return command;
    }

    private static NpgsqlParameter Text(string? name, string value) =>
        new()
        {
            ParameterName = name ?? "",
            NpgsqlDbType = NpgsqlDbType.Text,
            Value = value,
        };
}
