namespace Portal.Hosting;

/// <summary>
/// A step that must succeed before the first request. Steps run once, in the order in which features registered them.
/// </summary>
public interface IStartupStep
{
    /// <exception cref="CannotStartException">When the operator has to put something right first.</exception>
    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Registers a step, which is created when its turn comes, because it may need what an earlier one opens.
/// </summary>
internal sealed record StartupStep(Type Type);

/// <summary>Everything between building the portal and serving its first request.</summary>
public static class StartupSequence
{
    public static IServiceCollection AddStartupStep<T>(this IServiceCollection services)
        where T : class, IStartupStep => services.AddScoped<T>().AddSingleton(new StartupStep(typeof(T)));

    extension(WebApplicationBuilder builder)
    {
        /// <summary>
        /// Builds the portal, checks the settings, builds the pipeline, runs every step, and serves until stopped.
        /// Returns the exit code.
        /// </summary>
        public async Task<int> ServeAsync(Action<WebApplication> pipeline)
        {
            var app = builder.Build();
            if (!await app.CheckSettingsAsync())
            {
                return 1;
            }

            pipeline(app);
            try
            {
                foreach (var step in app.Services.GetServices<StartupStep>())
                {
                    await using var scope = app.Services.CreateAsyncScope();
                    await ((IStartupStep)scope.ServiceProvider.GetRequiredService(step.Type)).RunAsync(
                        app.Lifetime.ApplicationStopping
                    );
                }

                app.Lifetime.ApplicationStarted.Register(() => ConsoleBanner.Print(app));
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
