using Microsoft.EntityFrameworkCore;
using Portal.Model;

namespace Portal.Chat;

/// <summary>
/// Stops an answer for its visitor. "Stopped" is a status of its own and never counts as a failure. The text that had
/// arrived is kept, and sending the message again calls the bot again.
/// </summary>
internal static class AnswerCancellation
{
    /// <param name="said">Null when another replica heard the bot: then what that one saved counts.</param>
    /// <returns>False when it has its outcome already.</returns>
    public static Task<bool> StoreAsync(PortalDb db, Guid message, string? said, CancellationToken cancellationToken) =>
        db
            .Database.CreateExecutionStrategy()
            .ExecuteAsync(async () =>
            {
                said ??= await db
                    .ChatLogs.Where(log => log.Id == message)
                    .Select(log => log.PartialResponse)
                    .SingleOrDefaultAsync(cancellationToken);
                var text = PartialAnswer.Text(said ?? "");
                var stopped = await db
                    .ChatLogs.Where(log => log.Id == message && log.Status == ChatStatus.Pending)
                    .ExecuteUpdateAsync(
                        set =>
                            set.SetProperty(log => log.Status, ChatStatus.Stopped)
                                .SetProperty(log => log.Response, text)
                                .SetProperty(log => log.AnsweredAt, _ => DateTimeOffset.UtcNow)
                                .SetProperty(log => log.LeaseUntil, (DateTimeOffset?)null)
                                .SetProperty(log => log.PartialResponse, (string?)null)
                                .SetProperty(log => log.CallbackHash, (byte[]?)null),
                        cancellationToken
                    );
                return stopped > 0;
            });
}
