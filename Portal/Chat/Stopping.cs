using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// A message whose answer the visitor stopped: no answer, so that asking again asks the bot again, and no fault of the bot's either. What
/// was said of it stays.
/// </summary>
internal static class Stopping
{
    /// <param name="said">Null when another replica heard the bot: then what that one saved counts.</param>
    /// <returns>False when it has its outcome already.</returns>
    public static Task<bool> StoreAsync(PortalDb db, Guid message, string? said, CancellationToken abort) => db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
    {
        await using var transaction = await db.Database.BeginTransactionAsync(abort);
        said ??= await db.ChatLogs.Where(log => log.Id == message).Select(log => log.PartialResponse).SingleOrDefaultAsync(abort);
        var text = Unfinished.Text(said ?? "");
        var stopped = await db.ChatLogs.Where(log => log.Id == message && log.Status == ChatStatus.Pending).ExecuteUpdateAsync(set => set
            .SetProperty(log => log.Status, ChatStatus.Failed)
            .SetProperty(log => log.Response, text)
            .SetProperty(log => log.AnsweredAt, _ => DateTimeOffset.UtcNow)
            .SetProperty(log => log.LeaseUntil, (DateTimeOffset?)null)
            .SetProperty(log => log.PartialResponse, (string?)null)
            .SetProperty(log => log.CallbackHash, (byte[]?)null), abort);
        if (stopped > 0)
        {
            await db.VisitorSessions.Where(s => db.ChatLogs.Any(log => log.Id == message && log.SessionId == s.Id))
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.FailedCount, s => s.FailedCount + 1), abort);
        }

        await transaction.CommitAsync(abort);
        return stopped > 0;
    });
}
