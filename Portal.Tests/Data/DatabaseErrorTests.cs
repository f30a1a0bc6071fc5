using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Data;

namespace Portal.Tests.Data;

/// <summary>EF wraps what the database reports, and it must be recognized nevertheless.</summary>
public sealed class DatabaseErrorTests
{
    private static readonly PostgresException s_taken = new(
        "taken",
        "ERROR",
        "ERROR",
        PostgresErrorCodes.UniqueViolation
    );
    private static readonly NpgsqlException s_away = new("no connection", new TimeoutException());

    [Fact]
    public void A_fault_that_EF_calls_transient_means_that_the_database_is_away()
    {
        var wrapped = new InvalidOperationException("likely due to a transient failure", s_away);

        Assert.True(wrapped.IsDatabaseAway);
        Assert.True(wrapped.IsDatabaseFailure);
        Assert.Same(s_away, wrapped.DatabaseError);
    }

    [Fact]
    public void A_refused_row_is_a_failure_of_a_database_that_is_there()
    {
        var wrapped = new DbUpdateException("not saved", s_taken);

        Assert.False(wrapped.IsDatabaseAway);
        Assert.True(wrapped.IsDatabaseFailure);
        Assert.Same(s_taken, wrapped.DatabaseError);
    }

    [Fact]
    public void An_error_of_our_own_is_none_of_the_databases()
    {
        var own = new InvalidOperationException("ours", new FormatException());

        Assert.False(own.IsDatabaseAway);
        Assert.False(own.IsDatabaseFailure);
        Assert.Null(own.DatabaseError);
    }
}
