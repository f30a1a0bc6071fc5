using Portal.Sample;

namespace Portal.Infrastructure;

/// <summary>What happens between building the portal and serving its first request.</summary>
public static class Start
{
    extension(WebApplication app)
    {
        /// <summary>Prepares the database, makes sure that somebody can sign in, says how, and serves until stopped. Gives the exit code.</summary>
        public async Task<int> ServeAsync()
        {
            try
            {
                await app.PrepareDatabasesAsync();
                await app.Services.EnsureFirstKeyAsync(app.Lifetime.ApplicationStopping);
                var setUpLink = await app.EnsureFirstAdminAsync();
                await using (var scope = app.Services.CreateAsyncScope())
                {
                    if (app.Environment.IsDevelopment() && scope.ServiceProvider.GetRequiredService<SampleOptions>().BotPort is not null)
                    {
                        await scope.ServiceProvider.GetRequiredService<DemoSeed>().EnsureAsync(default);
                    }
                }

                app.Lifetime.ApplicationStarted.Register(() => Greeting.Print(app, setUpLink));
                await app.RunAsync();
                return 0;
            }
            catch (Exception error) when (Settings.SentencesOf(error) is { } sentences)
            {
                await Console.Error.WriteLineAsync(sentences);
                await app.DisposeAsync();
                return 1;
            }
        }
    }
}
