using Portal.Data;
using Portal.Hosting;

namespace Portal.Commands;

/// <summary>
/// The commands of the portal's binary besides serving: <c>migrate</c>, <c>health</c>, <c>admin reset EMAIL</c>,
/// <c>keys reseal</c>.
/// </summary>
public static class Command
{
    private const string Usage = """
        Without a command, the portal starts. Commands:
          migrate              updates the database and exits
          health               checks whether the portal on this machine is ready
          admin reset EMAIL    prints a one-time link to set a new password
          keys reseal          re-encrypts every secret after the master key has changed
        """;

    /// <summary>
    /// Runs the command that the arguments name and returns its exit code; null when they name none and the portal is
    /// to serve.
    /// </summary>
    public static async Task<int?> RunAsync(WebApplicationBuilder builder, string[] args)
    {
        if (args is [] || args[0].StartsWith('-'))
        {
            return null;
        }

        // A container checks its health every few seconds, so this needs none of the portal's services.
        if (args is ["health"])
        {
            return await HealthQuery.RunAsync(builder.Configuration, Console.Error);
        }

        var app = builder.Build();
        try
        {
            switch (args)
            {
                case ["migrate"]:
                    await app.MigrateAsync();
                    return 0;
                case ["admin", "reset", var email]:
                    return await AdminReset.RunAsync(app, email, Console.Out, Console.Error);
                case ["keys", "reseal"]:
                    return await KeysReseal.RunAsync(app, Console.Out);
                default:
                    await Console.Error.WriteLineAsync(Usage);
                    return 2;
            }
        }
        catch (Exception error) when (Settings.SentencesOf(error) is { } sentences)
        {
            await Console.Error.WriteLineAsync(sentences);
            return 1;
        }
        finally
        {
            await app.DisposeAsync();
        }
    }
}
