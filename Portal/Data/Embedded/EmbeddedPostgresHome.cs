using System.Globalization;
using System.Text.Json;
using Portal.Hosting;
using Portal.Secrets;

namespace Portal.Data;

/// <summary>
/// Where an embedded PostgreSQL lives: <c>data</c> (the cluster) and <c>run</c> (socket and log), which belong to the
/// server's user, <c>passwords.json</c>, which belongs to the portal's, and <c>lock</c>, held by the portal that
/// started the server.
/// </summary>
internal sealed class EmbeddedPostgresHome
{
    private const int LongestSocketFolder = 107 - 14; // sun_path, less /.s.PGSQL.5432 and the zero at its end

    private readonly ILogger _log;

    private EmbeddedPostgresHome(
        string folder,
        EmbeddedPostgresBinaries binaries,
        EmbeddedPostgresAccount account,
        ILogger log
    )
    {
        (Folder, Binaries, Account, _log) = (folder, binaries, account, log);
        SocketFolder = Run;
    }

    public string Folder { get; }
    public EmbeddedPostgresBinaries Binaries { get; }
    public EmbeddedPostgresAccount Account { get; }
    public string Data => Path.Combine(Folder, "data");
    public string Log => Path.Combine(Run, "postgresql.log");
    public string SocketFolder { get; private set; }

    private string Run => Path.Combine(Folder, "run");
    private string ServerFile => Path.Combine(Data, "postmaster.pid");
    private string PasswordFile => Path.Combine(Folder, "passwords.json");

    public IReadOnlyDictionary<string, string> Passwords => field ??= ReadPasswords();

    public static async Task<EmbeddedPostgresHome> OpenAsync(
        string folder,
        EmbeddedPostgresBinaries binaries,
        ILogger log,
        CancellationToken cancellationToken
    )
    {
        var account = await EmbeddedPostgresAccount.ChooseAsync(Path.Combine(folder, "data"), cancellationToken);
        CreateFolder(folder, account);
        if (!await account.CanReachAsync(await RealPathAsync(folder, cancellationToken), cancellationToken))
        {
            await MoveWithinReachAsync(folder, account, log, cancellationToken);
        }

        folder = await RealPathAsync(folder, cancellationToken);
        if (!await account.CanReachAsync(binaries.Program("postgres"), cancellationToken))
        {
            binaries = binaries.CopyInto(folder);
        }

        return new(folder, binaries, account, log);
    }

    /// <summary>
    /// Held as long as the stream is open; the system releases it when the process ends, however it ends. Null: another
    /// portal has it.
    /// </summary>
    public FileStream? TryLock()
    {
        try
        {
            return new FileStream(
                Path.Combine(Folder, "lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            );
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Creates the cluster when there is none. A half-created one is created again.</summary>
    public async Task InitializeAsync(bool throwaway, CancellationToken cancellationToken)
    {
        var version = await Binaries.MajorVersionAsync(Account, cancellationToken);
        await Account.CreatePrivateFolderAsync(Run, cancellationToken);

        var versionFile = Path.Combine(Data, "PG_VERSION");
        if (!File.Exists(versionFile))
        {
            await CreateClusterAsync(version, throwaway, cancellationToken);
        }
        else if (
            (await File.ReadAllTextAsync(versionFile, cancellationToken)).Trim() is var made
            && made != version.ToString(CultureInfo.InvariantCulture)
        )
        {
            throw new CannotStartException(
                $"The database in {Data} was made by PostgreSQL {made}, and the programs in {Binaries.Folder} are PostgreSQL {version}. "
                    + $"Set Portal:PostgresBin to the programs of PostgreSQL {made}, or move the folder away to start with an empty database."
            );
        }
    }

    /// <summary>
    /// The folder for the socket: our own, or a short one if that would be too long for a socket's path.
    /// </summary>
    public async Task OpenSocketFolderAsync(CancellationToken cancellationToken)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(Run) > LongestSocketFolder)
        {
            // A restarted server is found under the same connection strings.
            SocketFolder =
                SocketFolder == Run
                    ? Directory.CreateTempSubdirectory("portal-").FullName
                    : Directory.CreateDirectory(SocketFolder).FullName;
            await Account.TakeAsync(SocketFolder, cancellationToken);
        }
    }

    /// <summary>Another portal's server says where its socket is.</summary>
    public void FindSocketFolder() =>
        SocketFolder = ReadServerFile() is [_, _, _, _, { Length: > 0 } folder, ..]
            ? folder
            : throw new CannotStartException("It has not started yet.");

    /// <summary>
    /// Stops a server that still runs on our data, for example after a portal was killed, and removes its leftovers.
    /// </summary>
    public async Task StopServerAsync(CancellationToken cancellationToken)
    {
        foreach (var mode in new[] { "fast", "immediate" }.TakeWhile(_ => EmbeddedPostgresProcesses.In(Data).Any()))
        {
            try
            {
                await ControlAsync(["stop", "-s", "-m", mode, "-w", "-t", "30"], cancellationToken);
            }
            catch (CannotStartException e)
            {
                _log.LogDebug("{Message}", e.Message); // it may have ended by itself meanwhile; what has not is ended below
            }
        }

        // Without its main process a server cannot be stopped in order; its files are safe against that.
        await EmbeddedPostgresProcesses.KillAsync(Data, cancellationToken);

        if (File.Exists(ServerFile))
        {
            File.Delete(ServerFile); // else the number in it, when it is another program's by now, keeps the next server from starting
        }

        if (SocketFolder != Run && Directory.Exists(SocketFolder))
        {
            Directory.Delete(SocketFolder, recursive: true);
        }
        else if (Directory.Exists(Run))
        {
            foreach (var socket in Directory.EnumerateFiles(Run, ".s.PGSQL.*"))
            {
                File.Delete(socket);
            }
        }
    }

    public Task ControlAsync(string[] arguments, CancellationToken cancellationToken) =>
        Account.RunAsync(
            Binaries.Program("pg_ctl"),
            [arguments[0], "-D", Data, .. arguments[1..]],
            cancellationToken: cancellationToken
        );

    public int? ReadServerId() =>
        ReadServerFile() is [var id, ..] && int.TryParse(id, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>Whether the server's main process runs. Its children may outlive it, and serve nobody new.</summary>
    public bool IsServerAlive() => ReadServerId() is { } id && EmbeddedPostgresProcesses.IsIn(Data, id);

    public string EndOfLog() => File.Exists(Log) ? string.Join(" / ", File.ReadLines(Log).TakeLast(5)) : "it is empty";

    private async Task CreateClusterAsync(int version, bool throwaway, CancellationToken cancellationToken)
    {
        if (Directory.Exists(Data) && Directory.EnumerateFileSystemEntries(Data).Any())
        {
            throw new CannotStartException(
                $"The folder {Data} is no PostgreSQL database, and not empty. Move it away, or set another Portal:DataDirectory."
            );
        }

        if (!File.Exists(PasswordFile))
        {
            OwnerOnlyFile.CreateOnce(
                PasswordFile,
                JsonSerializer.Serialize(
                    new Dictionary<string, string>(DatabaseRoles.NewPasswords())
                    {
                        ["superuser"] = DatabaseRoles.NewPassword(),
                    }
                )
            );
        }

        var draft = Path.Combine(Folder, "data.new");
        var password = Path.Combine(Run, "password");
        try
        {
            OwnerOnlyFile.CreateOnce(password, Passwords["superuser"]);
            await Account.TakeAsync(password, cancellationToken);
            await InitAsync("C.UTF-8");
        }
        catch (CannotStartException e) when (e.Message.Contains("invalid locale", StringComparison.Ordinal))
        {
            await InitAsync("C"); // not every C library knows the other; sorting and comparing are the same in both
        }
        finally
        {
            File.Delete(password);
        }

        Directory.Move(draft, Data);

        async Task InitAsync(string locale)
        {
            if (Directory.Exists(draft))
            {
                Directory.Delete(draft, recursive: true);
            }

            await Account.CreatePrivateFolderAsync(draft, cancellationToken);
            await Account.RunAsync(
                Binaries.Program("initdb"),
                [
                    "-D",
                    draft,
                    "--username=postgres",
                    $"--pwfile={password}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    $"--locale={locale}",
                    "--no-instructions",
                    .. version >= 17
                        ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
                        : Array.Empty<string>(),
                    .. throwaway ? ["--no-sync"] : Array.Empty<string>(),
                ],
                $"The database in {Data} cannot be made",
                cancellationToken
            );
        }
    }

    private IReadOnlyDictionary<string, string> ReadPasswords()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(PasswordFile))!;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CannotStartException(
                $"The passwords of the database in {Data} cannot be read: {e.Message} Put the file back, or move the folder away to start with an empty database.",
                e
            );
        }
    }

    private string[] ReadServerFile()
    {
        try
        {
            return File.ReadAllLines(ServerFile);
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static async Task<string> RealPathAsync(string folder, CancellationToken cancellationToken) =>
        (await EmbeddedPostgresAccount.Own.RunAsync("realpath", [folder], cancellationToken: cancellationToken)).Trim();

    private static void CreateFolder(string folder, EmbeddedPostgresAccount account)
    {
        Directory.CreateDirectory(folder);
        if (!OperatingSystem.IsWindows())
        {
            // The other user has to pass through this folder to its data, and nothing more.
            File.SetUnixFileMode(
                folder,
                UnixFileMode.UserRead
                    | UnixFileMode.UserWrite
                    | UnixFileMode.UserExecute
                    | (account.IsOwn ? UnixFileMode.None : UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)
            );
        }
    }

    private static async Task MoveWithinReachAsync(
        string folder,
        EmbeddedPostgresAccount account,
        ILogger log,
        CancellationToken cancellationToken
    )
    {
        if (Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new CannotStartException(
                $"PostgreSQL runs as the user {account.Name}, who cannot reach the database in {folder}. Let others pass through the folders above it (chmod o+x), or set another Portal:DataDirectory."
            );
        }

        var reachable = Path.Combine("/var/lib", $"chat-portal-{Guid.NewGuid():N}"[..20]);
        CreateFolder(reachable, account);
        Directory.Delete(folder);
        Directory.CreateSymbolicLink(folder, reachable);
        log.LogWarning(
            "PostgreSQL runs as the user {User}, who cannot reach {Folder}: the database lives in {Reachable}",
            account.Name,
            folder,
            reachable
        );
        if (!await account.CanReachAsync(reachable, cancellationToken))
        {
            throw new CannotStartException(
                $"PostgreSQL runs as the user {account.Name}, who reaches neither {folder} nor {reachable}. Set another Portal:DataDirectory."
            );
        }
    }
}
