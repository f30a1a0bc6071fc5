using Portal.Data;
using Portal.Jobs;

namespace Portal.Accounts;

/// <summary>
/// Deletes what sign-ins leave behind. Sessions are kept for a while after they ended, so that a returning device is recognized.
/// </summary>
public sealed class SignInCleanUpJob(Databases databases) : IJob
{
    private const int BatchSize = 5000;

    private static readonly string[] s_old =
    [
        "user_sessions WHERE least(ended_at, expires_at) < now() - interval '90 days'",
        "sign_in_limits WHERE used_until < now()",
        "form_submissions WHERE created_at < now() - interval '1 day'",
        "email_changes WHERE expires_at < now()",
        "invitations WHERE expires_at < now() - interval '90 days'",
    ];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        foreach (var old in s_old)
        {
            int deleted;
            do
            {
                // The table names are constants, see above.
                var table = old[..old.IndexOf(' ', StringComparison.Ordinal)];
                await using var command = databases.Jobs.CreateCommand(
                    $"DELETE FROM {table} WHERE ctid IN (SELECT ctid FROM {old} LIMIT {BatchSize})"
                );
                deleted = await command.ExecuteNonQueryAsync(cancellationToken);
                progress.Did(deleted);
            } while (deleted == BatchSize);
        }
    }
}
