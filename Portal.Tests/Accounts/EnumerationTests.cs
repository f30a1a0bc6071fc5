using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Portal.Accounts;
using Portal.Audit;
using Portal.Model;
using Portal.Tests.Pages;

namespace Portal.Tests.Accounts;

/// <summary>
/// Threat 27 of docs/threats.md: who asks learns from neither the answer nor its time whether somebody has an account.
/// That the same work is done is shown here; how long it takes is measured by benchmarks/run-sign-in.
/// </summary>
public sealed class EnumerationTests(EnumerationTests.WatchedPortal watched)
    : IClassFixture<EnumerationTests.WatchedPortal>
{
    private readonly PortalApp _portal = watched;
    private readonly Commands _commands = watched.Commands;

    [Fact]
    public async Task A_password_is_hashed_once_whether_or_not_anybody_has_the_address()
    {
        var (known, keyless) = (await _portal.NewOwnerAsync(), await _portal.NewOwnerAsync());
        await _portal.With(
            async (UserManager<User> users) =>
                await users.RemovePasswordAsync((await users.FindByIdAsync($"{keyless.Id}"))!)
        );
        await CountAsync("nobody@people.test"); // makes the decoy

        Assert.Equal(1, await CountAsync(known.Email!));
        Assert.Equal(1, await CountAsync("nobody@people.test"));
        Assert.Equal(1, await CountAsync(keyless.Email!));
    }

    [Theory]
    [InlineData("/account/sign-in", "form#password")]
    [InlineData("/account/forgot", "main form")]
    [InlineData("/account/sign-up", "#sign-up")]
    public async Task The_same_is_asked_of_the_database_and_the_same_is_answered(string page, string form)
    {
        var known = await _portal.NewOwnerAsync();
        await AskAsync(page, form, "warm@people.test");

        var (ofKnown, ofUnknown) = (
            await AskAsync(page, form, known.Email!),
            await AskAsync(page, form, $"{Guid.NewGuid():N}@people.test")
        );

        Assert.NotEmpty(ofKnown.Commands);
        Assert.Equal(ofKnown.Commands, ofUnknown.Commands);
        Assert.Equal(ofKnown.Status, ofUnknown.Status);
        Assert.Equal(ofKnown.Text, ofUnknown.Text);
        Assert.Equal(ofKnown.Headers, ofUnknown.Headers);
    }

    private async Task<(List<string> Commands, HttpStatusCode Status, string Text, string Headers)> AskAsync(
        string page,
        string form,
        string email
    )
    {
        var visitor = _portal.SignedOut();
        await visitor.OpenAsync(page);
        var before = _commands.Said.Count;
        (string Name, string Value)[] typed =
        [
            ("Input.Email", email),
            ("Input.Password", "not the password at all"),
            ("Input.Business", "A shop"),
            ("Input.Name", "Kim"),
        ];
        await visitor.SubmitAsync(form, [.. typed.Where(field => visitor.Shows($"{form} [name='{field.Name}']"))]);
        return (
            [.. _commands.Said.Skip(before)],
            visitor.Status,
            visitor.Text("main").Replace(email, "…", StringComparison.Ordinal),
            string.Join(", ", visitor.Response.Headers.Select(header => header.Key).Order())
        );
    }

    private async Task<int> CountAsync(string email)
    {
        await using var scope = _portal.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<IHttpContextAccessor>().HttpContext = new DefaultHttpContext
        {
            RequestServices = scope.ServiceProvider,
        };
        var hasher = new Counting(scope.ServiceProvider.GetRequiredService<IPasswordHasher<User>>());
        scope.ServiceProvider.GetRequiredService<UserManager<User>>().PasswordHasher = hasher;
        var check = ActivatorUtilities.CreateInstance<PasswordCheck>(scope.ServiceProvider, hasher);
        Assert.Equal(default, await check.FindAsync(email, "not the password at all", default));
        return hasher.Verified;
    }

    /// <summary>One whose statements are noted. No mail server is there: mails are queued all the same.</summary>
    public sealed class WatchedPortal : PortalApp
    {
        private readonly HeldPort _noMailServer = HeldPort.Take();

        public WatchedPortal()
        {
            Log = Commands;
            More =
            [
                ("Portal:SignUp", "open"),
                ("Portal:Mail:Host", "127.0.0.1"),
                ("Portal:Mail:Port", $"{_noMailServer}"),
                ("Portal:Mail:From", "portal@people.test"),
            ];
        }

        internal Commands Commands { get; } = new();

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Commands.Request = Services.GetRequiredService<IHttpContextAccessor>();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            _noMailServer.Dispose();
        }
    }

    /// <summary>The real one, counted.</summary>
    private sealed class Counting(IPasswordHasher<User> real) : IPasswordHasher<User>
    {
        public int Verified { get; private set; }

        public string HashPassword(User user, string password) => real.HashPassword(user, password);

        public PasswordVerificationResult VerifyHashedPassword(
            User user,
            string hashedPassword,
            string providedPassword
        )
        {
            Verified++;
            return real.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }

    /// <summary>The statements of requests, in order, as the log tells them.</summary>
    internal sealed class Commands : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = [];

        public IHttpContextAccessor? Request { get; set; }

        public ILogger CreateLogger(string categoryName) =>
            categoryName == "Microsoft.EntityFrameworkCore.Database.Command"
                ? this
                : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            // Emails are written meanwhile, by nobody's request.
            if (
                Request?.HttpContext is not null
                && logLevel == LogLevel.Information
                && state is IReadOnlyList<KeyValuePair<string, object?>> values
                && values.FirstOrDefault(value => value.Key == "commandText").Value is string sql
            )
            {
                Said.Enqueue(sql);
            }
        }

        public void Dispose() { }
    }
}
