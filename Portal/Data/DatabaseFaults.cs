using Npgsql;

namespace Portal.Data;

public static class DatabaseFaults
{
    extension(Exception error)
    {
        /// <summary>
        /// Whether the database is away, too busy or on its way to another server: nothing is wrong with what was asked, and asking again
        /// in a moment may work. EF wraps such errors once or twice.
        /// </summary>
        public bool IsDatabaseAway =>
            error switch
            {
                PostgresException { SqlState: var state } postgres => postgres.IsTransient || IsPassing(state),
                NpgsqlException { IsTransient: true } => true,
                { InnerException: { } inner } => inner.IsDatabaseAway,
                _ => false,
            };
    }

    // Npgsql counts these as lasting: to it a server that goes down for good and one that restarts look alike.
    private static bool IsPassing(string state) =>
        state
            is PostgresErrorCodes.AdminShutdown
                or PostgresErrorCodes.CrashShutdown
                or PostgresErrorCodes.QueryCanceled
                or PostgresErrorCodes.ReadOnlySqlTransaction;
}
