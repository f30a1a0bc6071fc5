using System.Diagnostics;
using System.Globalization;
using Portal.Hosting;

namespace Portal.Data;

/// <summary>
/// The user that PostgreSQL's programs run as: the portal's own, unless that is root, which PostgreSQL refuses.
/// </summary>
internal sealed record EmbeddedPostgresAccount(string Name, int? Uid, int Gid)
{
    public static EmbeddedPostgresAccount Own { get; } = new(Environment.UserName, null, 0);

    public bool IsOwn => Uid is null;

    /// <summary>
    /// For root: the owner of the data; otherwise "postgres" if that user exists, or "nobody", which exists everywhere.
    /// (It must be in /etc/passwd, because initdb looks its user up.)
    /// </summary>
    public static async Task<EmbeddedPostgresAccount> ChooseAsync(string data, CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return Own;
        }

        var users = (await File.ReadAllLinesAsync("/etc/passwd", cancellationToken))
            .Select(line => line.Split(':'))
            .Where(fields => fields.Length >= 4)
            .Select(fields => new EmbeddedPostgresAccount(fields[0], Number(fields[2]), Number(fields[3])))
            .ToList();

        if (Directory.Exists(data))
        {
            var owner = Number(
                await Own.RunAsync("stat", ["--dereference", "--format=%u", data], cancellationToken: cancellationToken)
            );
            return users.Find(user => user.Uid == owner && owner != 0)
                ?? throw new CannotStartException(
                    $"The database in {data} belongs to user number {owner}, and PostgreSQL cannot run as that user. Give the folder to the user \"postgres\" or \"nobody\"."
                );
        }

        return users.Find(user => user.Name == "postgres")
            ?? users.Find(user => user.Name == "nobody")
            ?? throw new CannotStartException(
                "PostgreSQL does not run as root, and this machine has neither a user \"postgres\" nor \"nobody\". Start the portal as an ordinary user."
            );
    }

    /// <summary>Whether this user can use that file, wherever it is.</summary>
    public async Task<bool> CanReachAsync(string path, CancellationToken cancellationToken)
    {
        if (IsOwn)
        {
            return true;
        }

        using var test = Start("test", ["-x", path]);
        await test.WaitForExitAsync(cancellationToken);
        return test.ExitCode == 0;
    }

    /// <summary>Creates a folder that only this user may enter.</summary>
    public async Task CreatePrivateFolderAsync(string folder, CancellationToken cancellationToken)
    {
        string[] owner = IsOwn ? [] : ["--owner", Text(Uid!.Value), "--group", Text(Gid)];
        await Own.RunAsync(
            "install",
            ["--directory", "--mode=0700", .. owner, folder],
            cancellationToken: cancellationToken
        );
    }

    public Task TakeAsync(string file, CancellationToken cancellationToken) =>
        IsOwn
            ? Task.CompletedTask
            : Own.RunAsync("chown", [$"{Text(Uid!.Value)}:{Text(Gid)}", file], cancellationToken: cancellationToken);

    /// <summary>Runs a program to its end and returns its output.</summary>
    public async Task<string> RunAsync(
        string program,
        string[] arguments,
        string? onFailure = null,
        CancellationToken cancellationToken = default
    )
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? await output
            : throw new CannotStartException(
                $"{onFailure ?? "The embedded PostgreSQL cannot start"}: {Path.GetFileName(program)} says \"{(await errors + await output).Trim()}\""
            );
    }

    /// <summary>Starts a program as this user, without PostgreSQL settings of the machine's environment.</summary>
    public Process Start(string program, string[] arguments)
    {
        string[] command = Uid is null
            ? [program, .. arguments]
            :
            [
                "setpriv",
                $"--reuid={Text(Uid!.Value)}",
                $"--regid={Text(Gid)}",
                "--clear-groups",
                "--",
                program,
                .. arguments,
            ];

        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (
            var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList()
        )
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C"; // we read what the programs print

        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CannotStartException(
                $"The embedded PostgreSQL cannot start: {command[0]} does not run here ({e.Message}).",
                e
            );
        }
    }

    private static int Number(string text) =>
        int.TryParse(text.AsSpan().Trim(), CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
