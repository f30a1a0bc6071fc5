using System.Diagnostics;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Tests.Api;
using Portal.Tests.Pages;

namespace Portal.Tests.Data;

/// <summary>The portal behind Debian's pgbouncer in transaction mode, with two server connections for each role: what one transaction sets, the next must not see.</summary>
[Trait("Speed", "slow")]
public sealed class PgBouncerTests : IAsyncLifetime
{
    private readonly TestFolder _folder = TestFolder.Create();
    private readonly HeldPort _port = HeldPort.Take();
    private readonly PortalApp _first = new();
    private Process? _bouncer;
    private PortalApp _portal = null!;

    public async ValueTask InitializeAsync()
    {
        await _first.InitializeAsync();
        var strings = _first.Services.GetRequiredService<Portal.Data.Databases>().Strings;
        await StartBouncerAsync(
            new(strings.Portal!),
            [strings.Portal!, strings.Accounts!, strings.Journal!, strings.Jobs!]
        );

        // The owner migrates and the listener listens past it.
        _portal = await _first.ReplicaAsync([
            ("ConnectionStrings:Portal", Through(strings.Portal!)),
            ("ConnectionStrings:Accounts", Through(strings.Accounts!)),
            ("ConnectionStrings:Journal", Through(strings.Journal!)),
            ("ConnectionStrings:Jobs", Through(strings.Jobs!)),
            ("ConnectionStrings:Listen", strings.Portal!),
            ("ConnectionStrings:Owner", strings.Owner!),
        ]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_portal is not null)
        {
            await _portal.DisposeAsync();
        }

        await _first.DisposeAsync();
        _bouncer?.Kill();
        _bouncer?.Dispose();
        _port.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Clients_that_share_its_connections_never_see_each_others_rows()
    {
        var shops = new[]
        {
            await _portal.NewWidgetAsync("https://n8n.example/x"),
            await _portal.NewWidgetAsync("https://n8n.example/x"),
        };

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 600),
            new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, cancellationToken) =>
            {
                var shop = shops[i % 2];
                var seen = await _portal.As(shop.ClientId, db =>
                    db.Widgets.IgnoreQueryFilters().Select(w => w.Id).ToListAsync(cancellationToken)
                );
                Assert.Equal([shop.Id], seen);
                if (i % 10 == 0)
                {
                    await using var command = _portal
                        .Services.GetRequiredService<Portal.Data.Databases>()
                        .Portal.CreateCommand("SELECT count(*) FROM widgets");
                    Assert.Equal(0L, await command.ExecuteScalarAsync(cancellationToken));
                }
            }
        );
    }

    [Fact]
    public async Task Visitors_chat_people_sign_in_and_changes_are_heard_of()
    {
        await using var n8n = await N8n.StartAsync();
        var shop = await _portal.NewWidgetAsync(n8n.Url);
        var guest = await _portal.Guest(shop).OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            var reply = await guest.AskAsync($"Question {i}");
            Assert.Equal($"You asked: Question {i}", reply.GetProperty("response").GetString());
        }

        Assert.True((await guest.HistoryAsync()).Length >= 20);

        var user = await _portal.NewUserAsync(shop.ClientId);
        var visitor = await _portal.SigningInAsync(user.Email!, People.Password);
        await visitor.OpenAsync("/conversations");
        Assert.Equal((HttpStatusCode.OK, "/conversations"), (visitor.Status, visitor.Path));
        Assert.Contains("Question 0", visitor.Text("main"), StringComparison.Ordinal);

        // A widget that is switched off is off at once: the signal comes over the direct connection.
        await visitor.OpenAsync($"/widgets/{shop.Id}");
        await visitor.PostAsync(
            $"/widgets/{shop.Id}/switch",
            ("on", "false"),
            ("__RequestVerificationToken", visitor.Attribute("input[name=__RequestVerificationToken]", "value")!)
        );
        await Timeouts.UntilAsync(async () =>
            (await guest.TryAskAsync("Still there?")).StatusCode == HttpStatusCode.NotFound
        );
    }

    private string Through(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = "127.0.0.1",
            Port = _port.Number,
            MaxAutoPrepare = 0,
            SslMode = SslMode.Disable,
        }.ConnectionString;

    private async Task StartBouncerAsync(NpgsqlConnectionStringBuilder server, string[] roles)
    {
        var users = roles
            .Select(role => new NpgsqlConnectionStringBuilder(role))
            .Select(role => $"\"{role.Username}\" \"{role.Password}\"");
        await File.WriteAllLinesAsync(Path.Combine(_folder.Path, "users.txt"), users);
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Path, "pgbouncer.ini"),
            $"""
            [databases]
            {server.Database} = host={server.Host} port={server.Port}

            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {_port.Number}
            unix_socket_dir =
            auth_type = plain
            auth_file = {_folder.Path}/users.txt
            pool_mode = transaction
            default_pool_size = 2
            max_client_conn = 200
            server_tls_sslmode = prefer
            """
        );

        // It refuses to run as root, and must reach the socket of a private server.
        var isRoot = Environment.IsPrivilegedProcess;
        var account = await EmbeddedPostgresAccount.ChooseAsync(server.Host!, default);
        if (isRoot && !OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(
                _folder.Path,
                UnixFileMode.UserRead
                    | UnixFileMode.UserWrite
                    | UnixFileMode.UserExecute
                    | UnixFileMode.OtherRead
                    | UnixFileMode.OtherExecute
            );
        }

        var start = new ProcessStartInfo("/usr/sbin/pgbouncer")
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (var argument in isRoot ? new[] { "-u", account.Name, "pgbouncer.ini" } : ["pgbouncer.ini"])
        {
            start.ArgumentList.Add(argument);
        }

        start.WorkingDirectory = _folder.Path;
        _bouncer = Process.Start(start)!;
        var said = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        _bouncer.ErrorDataReceived += (_, line) => said.Enqueue(line.Data);
        _bouncer.OutputDataReceived += (_, line) => said.Enqueue(line.Data);
        _bouncer.BeginErrorReadLine();
        _bouncer.BeginOutputReadLine();
        var until = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(Through(roles[0]));
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException) when (until.Elapsed < Timeouts.Limit && !_bouncer.HasExited)
            {
                await Task.Delay(50);
            }
            catch (NpgsqlException error)
            {
                throw new InvalidOperationException(
                    $"pgbouncer does not serve: {error.Message}\n{string.Join('\n', said)}",
                    error
                );
            }
        }
    }
}
