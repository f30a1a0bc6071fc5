using Portal.Data;
using Portal.Jobs;
using Portal.Keys;
using Portal.Secrets;

namespace Portal.Commands;

public static class KeysReseal
{
    public static async Task<int> RunAsync(IHost app, TextWriter output)
    {
        await app.PrepareDatabasesAsync();
        await using var scope = app.Services.CreateAsyncScope();
        var resealing = scope.ServiceProvider.GetRequiredService<KeyRotationJob>();
        var progress = new JobProgress();

        await resealing.RunAsync(progress, default);

        var needed = await resealing.KeysStillNeededAsync(default);
        await output.WriteLineAsync(
            $"{progress.Items} secrets re-encrypted with master key {app.Services.GetRequiredService<MasterKeys>().Current.Id}. "
                + (
                    needed.Count == 0
                        ? "No other key is needed."
                        : $"Still needed: {string.Join(", ", needed)}. The log above names the secrets that can't be decrypted."
                )
        );
        return needed.Count == 0 ? 0 : 1;
    }
}
