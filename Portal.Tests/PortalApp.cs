using System.Collections.Concurrent;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Portal.Accounts;
using Portal.Model;
using Portal.Tests.Data;

namespace Portal.Tests;

/// <summary>
/// The real portal on real Kestrel and a real PostgreSQL, with a database of its own: for a class whose subject is what all clients share.
/// Other classes take the <see cref="SharedPortal"/>.
/// </summary>
public class PortalApp : WebApplicationFactory<Program>, IAsyncLifetime
{
    /// <summary>The same in every run, and such as Production takes.</summary>
    public static readonly string MasterKey = Convert.ToBase64String(SHA256.HashData("the key of all tests"u8));

    private readonly TestFolder _folder = TestFolder.Create();
    private readonly HeldPort _port = HeldPort.Take();
    private readonly ConcurrentDictionary<string, Lazy<Task<PortalApp>>> _others = [];
    private TestDatabase _database = null!;
    private PortalApp? _first;
    private string _n8n = "";

    /// <summary>Settings of its own, beside those of all tests.</summary>
    public IEnumerable<(string Key, string Value)> More { get; init; } = [];

    /// <summary>Hears all that is said in the log, from Debug up; of ASP.NET Core itself only warnings, as operators have it.</summary>
    public ILoggerProvider? Log { get; init; }

    public Uri Url => _port.Url;

    /// <summary>A caller without cookies, such as a widget.</summary>
    public HttpClient Http { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        _database = _first?._database ?? await TestDatabase.CreateAsync();
        _n8n = await N8n.EndpointAsync();
        UseKestrel(_port.Number);
        StartServer();
        Http = new HttpClient { BaseAddress = Url, Timeout = Timeouts.Limit };
    }

    /// <summary>Another replica of this portal: the same for all tests that ask for these settings, and not theirs to dispose.</summary>
    public Task<PortalApp> OtherAsync(params (string Key, string Value)[] settings) =>
        _others.GetOrAdd(string.Join(';', settings), _ => new(() => ReplicaAsync(settings))).Value;

    /// <summary>Another replica of this portal: all its own but for the database.</summary>
    public Task<PortalApp> ReplicaAsync(params IEnumerable<(string Key, string Value)> settings) =>
        ReplicaAsync(null, settings);

    /// <param name="log">Hears all that the replica says in its log.</param>
    public async Task<PortalApp> ReplicaAsync(
        ILoggerProvider? log,
        params IEnumerable<(string Key, string Value)> settings
    )
    {
        var replica = new PortalApp
        {
            _first = this,
            More = settings,
            Log = log,
        };
        await replica.InitializeAsync();
        return replica;
    }

    protected override void ConfigureWebHost(IWebHostBuilder web)
    {
        web.UseEnvironment("Testing");
        if (Log is { } log)
        {
            web.ConfigureLogging(logging =>
                logging
                    .AddProvider(log)
                    .SetMinimumLevel(LogLevel.Debug)
                    .AddFilter("Microsoft.AspNetCore", LogLevel.Warning)
                    .AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Debug)
            );
        }

        foreach (var (key, value) in Settings)
        {
            web.UseSetting(key, value);
        }
    }

    /// <summary>What this portal was started with, for another one on the same database.</summary>
    public IEnumerable<KeyValuePair<string, string>> Settings =>
        [
            .. _database.Settings,
            new("Portal:PublicUrl", Url.ToString()),
            new("Portal:DataDirectory", _folder.Path),
            new("Portal:AdminsNeedSecondFactor", "false"),
            new("Portal:MasterKey", MasterKey),
            new("Portal:Webhooks:AllowedTargets:0", _n8n),
            // All tests call from one address.
            new("Portal:Limits:Off", "true"),
            new("Portal:ActionLimits:TokenGuessesPerMinuteAndAddress", "0"),
            new("Portal:SignInLimits:FailuresPerAddress", "0"),
            new("Portal:SignInLimits:MailsPerAddress", "0"),
            new("Portal:SignInLimits:MailsPerAccount", "0"),
            .. More.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)),
        ];

    /// <summary>Somebody who carries the very cookie that signing in would have given them.</summary>
    public Visitor SignedIn(Guid client, UserRole role = UserRole.Owner) => SignedInAs(client, role);

    public Visitor SignedInAsAdmin() => SignedInAs(null, UserRole.Admin);

    public Visitor SignedOut() => Browse(new CookieContainer());

    private Visitor SignedInAs(Guid? client, UserRole role)
    {
        List<Claim> claims =
        [
            new(ClaimTypes.NameIdentifier, Guid.CreateVersion7().ToString()),
            new(ClaimTypes.Name, "maya@example.test"),
            new(ClaimTypes.Role, role.ToString()),
            new("display_name", "Maya Kowalski"),
        ];
        if (client is { } id)
        {
            claims.Add(new(Person.ClientClaim, id.ToString()));
        }

        return Carrying([
            .. claims,
            .. SessionProof.Claims([ProofMethod.Password, ProofMethod.AuthenticatorCode], DateTimeOffset.UtcNow),
        ]);
    }

    /// <summary>Somebody with these claims in a cookie of that age.</summary>
    public Visitor Carrying(IEnumerable<Claim> claims, TimeSpan age = default)
    {
        var scheme = IdentityConstants.ApplicationScheme;
        var cookie = Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(scheme);
        var ticket = cookie.TicketDataFormat.Protect(
            new(
                new ClaimsPrincipal(new ClaimsIdentity(claims, scheme)),
                new() { IssuedUtc = DateTimeOffset.UtcNow - age },
                scheme
            )
        );
        var jar = new CookieContainer();
        jar.Add(Url, new Cookie(cookie.Cookie.Name!, ticket));
        return Browse(jar);
    }

    /// <summary>A browser with these cookies, wherever they were made.</summary>
    public Visitor Holding(CookieCollection cookies)
    {
        var jar = new CookieContainer();
        foreach (Cookie cookie in cookies)
        {
            jar.Add(Url, new Cookie(cookie.Name, cookie.Value));
        }

        return Browse(jar);
    }

    private Visitor Browse(CookieContainer jar) =>
        new(
            new HttpClient(new SocketsHttpHandler { CookieContainer = jar })
            {
                BaseAddress = Url,
                Timeout = Timeouts.Limit,
            },
            jar
        );

    /// <summary>Works in the database as the given client.</summary>
    public async Task<T> As<T>(Guid client, Func<PortalDb, Task<T>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Tenant>().Enter(client);
        return await work(scope.ServiceProvider.GetRequiredService<PortalDb>());
    }

    /// <summary>Works in the database as the agency, over all clients.</summary>
    public async Task<T> AsAgency<T>(Func<AgencyDb, Task<T>> work)
    {
        await using var scope = Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<AgencyDb>());
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var other in _others.Values)
        {
            await (await other.Value).DisposeAsync();
        }

        Http.Dispose();
        await base.DisposeAsync();
        if (_first is null)
        {
            await _database.DisposeAsync();
        }

        _folder.Dispose();
        _port.Dispose();
    }
}
