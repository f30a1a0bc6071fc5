using Microsoft.Extensions.DependencyInjection;
using Portal.Tests.Pages;

namespace Portal.Tests.Mail;

/// <summary>
/// A portal that sends mail and the server it sends through, for all tests of a class; each begins with an empty
/// mailbox.
/// </summary>
public class MailPortal : IAsyncLifetime
{
    public MailPortal()
        : this([]) { }

    protected MailPortal(IEnumerable<(string Key, string Value)> more) =>
        Portal = new() { More = [.. Server.Settings, .. more] };

    public SmtpServer Server { get; } = new();

    public PortalApp Portal { get; }

    public async ValueTask InitializeAsync()
    {
        await Server.StartAsync();
        await Portal.InitializeAsync();
    }

    /// <summary>
    /// Before each test: what the one before has left to send is not sent any more, and what it had sent is not waited
    /// for.
    /// </summary>
    public async Task EmptyAsync()
    {
        const string Forget = "UPDATE emails SET status = 'obsolete' WHERE status = 'queued' AND lease_until IS NULL";
        await Portal.ExecuteAsync(Forget);
        await Timeouts.UntilAsync(async () =>
        {
            await using var sending = Portal
                .Services.GetRequiredService<global::Portal.Data.Databases>()
                .Jobs.CreateCommand("SELECT count(*) FROM emails WHERE lease_until > now()");
            return await sending.ExecuteScalarAsync() is 0L;
        });
        await Portal.ExecuteAsync(Forget);
        await Server.EmptyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        await Server.DisposeAsync();
    }
}
