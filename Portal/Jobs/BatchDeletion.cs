using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Jobs;

/// <summary>
/// Deletes many rows in short statements of a limited number of rows, so that nobody waits long for a lock and a
/// stopped job loses little work.
/// </summary>
public static class BatchDeletion
{
    /// <summary>
    /// Repeats a step until it deletes fewer rows than fit into one, and returns how many it deleted in total.
    /// </summary>
    public static async Task<long> RepeatAsync(int batchSize, JobProgress progress, Func<Task<int>> step)
    {
        long total = 0;
        int deleted;
        do
        {
            deleted = await step();
            progress.Did(deleted);
            total += deleted;
        } while (deleted == batchSize);
        return total;
    }

    extension(JobsDb db)
    {
        /// <summary>Deletes the rows of a table that meet a condition.</summary>
        /// <param name="table">A constant, because it becomes a part of the SQL. The condition calls it
        /// <c>t</c>.</param>
        /// <param name="condition">A constant as well, with <c>{0}</c> and so on for the parameters.</param>
        public Task<long> DeleteInBatchesAsync(
            string table,
            string condition,
            object[] parameters,
            int batchSize,
            JobProgress progress,
            CancellationToken cancellationToken
        )
        {
            var sql =
                $"DELETE FROM {table} WHERE ctid IN (SELECT t.ctid FROM {table} t WHERE {condition} LIMIT {batchSize})";
            return RepeatAsync(batchSize, progress, () =>
                db.Database.ExecuteSqlRawAsync(sql, parameters, cancellationToken)
            );
        }
    }
}
