using Npgsql;

namespace Portal.Data;

public static class DatabaseFaults
{
    extension(Exception error)
    {
        /// <summary>
        /// Whether the database is unavailable, overloaded or failing over: the command itself is fine, and trying
        /// again in a moment may work. EF wraps such errors once or twice.
        /// </summary>
        public bool IsDatabaseAway =>
            error switch
            {
                PostgresException { SqlState: var state } postgres => postgres.IsTransient || IsPassing(state),
                NpgsqlException { IsTransient: true } => true,
                { InnerException: { } inner } => inner.IsDatabaseAway,
                _ => false,
            };

        /// <summary>
        /// Whether the database did not do what it was asked to, for whatever reason, or did not respond in time.
        /// </summary>
        public bool IsDatabaseFailure =>
            error is NpgsqlException or TimeoutException || error.InnerException?.IsDatabaseFailure == true;

        /// <summary>What the database or the connection to it reported, without EF's exceptions around it.</summary>
        public NpgsqlException? DatabaseError => error as NpgsqlException ?? error.InnerException?.DatabaseError;
    }

    // Npgsql does not count these as transient: to it, a server that shuts down for good and one that restarts look
    // alike. The last one is what pgbouncer reports of a server that it cannot reach, or that ended in the middle of an
    // answer.
    private static bool IsPassing(string state) =>
        state
            is PostgresErrorCodes.AdminShutdown
                or PostgresErrorCodes.CrashShutdown
                or PostgresErrorCodes.QueryCanceled
                or PostgresErrorCodes.ReadOnlySqlTransaction
                or PostgresErrorCodes.ProtocolViolation;
}
