using Microsoft.Extensions.Options;
using Portal.Data;
using Portal.Hosting;
using Portal.Jobs;
using Portal.Model;

namespace Portal.Mail;

/// <summary>All kinds of email.</summary>
public sealed class Templates(IEnumerable<Templates.Kind> kinds)
{
    public sealed record Kind(string Template, string Title, Type Writer);

    private readonly Dictionary<string, Kind> _kinds = kinds.ToDictionary(
        kind => kind.Template,
        StringComparer.Ordinal
    );

    public string TitleOf(string template) => _kinds.TryGetValue(template, out var kind) ? kind.Title : template;

    /// <summary>The email, or null when there is nothing to say any more.</summary>
    public async Task<EmailTemplate?> WriteAsync(
        IServiceProvider services,
        Email email,
        CancellationToken cancellationToken
    ) =>
        _kinds.TryGetValue(email.Template, out var kind)
            ? await ((IEmailTemplate)services.GetRequiredService(kind.Writer)).WriteAsync(email, cancellationToken)
            : null;
}

/// <summary>Sends emails as soon as they are queued, on whichever replica; the job handles retries.</summary>
public sealed partial class OutboxListener(Signals signals, IServiceScopeFactory scopes, ILogger<OutboxListener> log)
    : BackgroundService
{
    private readonly SemaphoreSlim _rung = new(0);

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var subscription = signals.Subscribe(Signals.Mails, _ => _rung.Release(), missed: () => _rung.Release());
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await _rung.WaitAsync(stopping);
                await using var scope = scopes.CreateAsyncScope();
                await scope.ServiceProvider.GetRequiredService<OutboxJob>().RunAsync(new JobProgress(), stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The job retries within a minute.
                Failed(e);
            }
        }
    }

    public override void Dispose()
    {
        _rung.Dispose();
        base.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox could not be processed.")]
    private partial void Failed(Exception error);
}

public static class MailServices
{
    public static IServiceCollection AddMail(this IServiceCollection services)
    {
        services.AddSettings<MailOptions>("Portal:Mail");
        services.AddSingleton<IValidateOptions<MailOptions>, MailOptions.Rules>();
        services.AddSingleton<Templates>();
        services.AddScoped<SmtpSender>();
        services.AddHostedService<OutboxListener>();
        services.AddJob<OutboxJob>(
            "outbox",
            "Emails",
            "Sends queued emails and retries those that failed.",
            TimeSpan.FromMinutes(1)
        );
        return services.AddEmail<TestEmail>();
    }

    public static IServiceCollection AddEmail<T>(this IServiceCollection services)
        where T : class, IEmailTemplate =>
        services.AddScoped<T>().AddSingleton(new Templates.Kind(T.Template, T.Title, typeof(T)));
}
