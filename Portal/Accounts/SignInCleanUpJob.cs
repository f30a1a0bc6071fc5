using Portal.Jobs;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Deletes what sign-ins leave behind. Sessions are kept for a while after they ended, so that a returning device is
/// recognized.
/// </summary>
public sealed class SignInCleanUpJob(JobsDb db) : IJob
{
    private const int BatchSize = 5000;

    private static readonly (string Table, string IsOld)[] s_old =
    [
        ("user_sessions", "least(t.ended_at, t.expires_at) < now() - interval '90 days'"),
        ("sign_in_limits", "t.used_until < now()"),
        ("form_submissions", "t.created_at < now() - interval '1 day'"),
        ("email_changes", "t.expires_at < now()"),
        ("invitations", "t.expires_at < now() - interval '90 days'"),
    ];

    public async Task RunAsync(JobProgress progress, CancellationToken cancellationToken)
    {
        foreach (var (table, isOld) in s_old)
        {
            await db.DeleteInBatchesAsync(table, isOld, [], BatchSize, progress, cancellationToken);
        }
    }
}
