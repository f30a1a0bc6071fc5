using System.Runtime.Versioning;
using System.Security.Cryptography;
using Portal.Audit;
using Portal.Hosting;
using Portal.Secrets;
using Portal.Tests.Data;

namespace Portal.Tests.Secrets;

public sealed class MasterKeysTests : IDisposable
{
    private readonly TestFolder _folder = TestFolder.Create();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [SupportedOSPlatform("linux")]
    public void The_embedded_default_makes_a_key_that_only_its_user_may_read_and_keeps_it()
    {
        var made = MasterKeys.Load(new(), _folder.Path);
        var read = MasterKeys.Load(new(), _folder.Path);

        Assert.Equal(made.Current.Id, read.Current.Id);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(_folder.Path, "master-key"))
        );
    }

    [Fact]
    public void Of_several_that_start_at_once_all_have_the_same_key()
    {
        for (var round = 0; round < 50; round++)
        {
            var folder = Path.Combine(_folder.Path, $"{round}");
            var ids = Enumerable
                .Range(0, 8)
                .AsParallel()
                .WithDegreeOfParallelism(8)
                .Select(_ => MasterKeys.Load(new(), folder).Current.Id);

            Assert.Single(ids.Distinct());
        }
    }

    [Fact]
    public void A_key_comes_from_the_setting_or_from_a_file()
    {
        var key = NewKey();
        var file = Path.Combine(_folder.Path, "key");
        File.WriteAllText(file, key + "\n");

        var direct = MasterKeys.Load(new() { MasterKey = key }, null);
        var filed = MasterKeys.Load(new() { MasterKeyFile = file }, null);

        Assert.Equal(direct.Current.Id, filed.Current.Id);
    }

    [Fact]
    public void Without_a_key_or_with_half_a_key_the_portal_says_what_to_do()
    {
        Assert.Contains("Portal:MasterKey", Refusal(new()), StringComparison.Ordinal);
        Assert.Contains("32 bytes", Refusal(new() { MasterKey = "c2hvcnQ=" }), StringComparison.Ordinal);
        Assert.Contains(
            "no-such-file",
            Refusal(new() { MasterKeyFile = Path.Combine(_folder.Path, "no-such-file") }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Portal:OldMasterKeys:0",
            Refusal(new() { MasterKey = NewKey(), OldMasterKeys = ["?"] }),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_key_that_sealed_the_first_secret_is_asked_for_at_every_start()
    {
        await using var database = await TestDatabase.CreateAsync();
        var accounts = database.Open(database.Strings.Accounts!);
        var (first, second) = (NewKey(), NewKey());
        await With(first).CheckAsync(accounts);

        await With(first).CheckAsync(accounts);
        var wrong = await Assert.ThrowsAsync<CannotStartException>(() => With(second).CheckAsync(accounts));
        await With(second, first).CheckAsync(accounts);
        var forgotten = await Assert.ThrowsAsync<CannotStartException>(() => With(second).CheckAsync(accounts));

        Assert.Contains(With(first).Current.Id, wrong.Message, StringComparison.Ordinal);
        Assert.Contains("Portal:OldMasterKeys", forgotten.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_portals_with_different_keys_on_an_empty_database_not_all_start()
    {
        await using var database = await TestDatabase.CreateAsync();
        var accounts = database.Open(database.Strings.Accounts!);

        var started = await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(async _ =>
                {
                    try
                    {
                        await With(NewKey()).CheckAsync(accounts);
                        return true;
                    }
                    catch (CannotStartException)
                    {
                        return false;
                    }
                })
        );

        Assert.InRange(started.Count(did => did), 0, 1);
    }

    private static MasterKeys With(string key, params string[] old) =>
        MasterKeys.Load(new() { MasterKey = key, OldMasterKeys = old }, null);

    private static string Refusal(MasterKeyOptions options) =>
        Assert.Throws<CannotStartException>(() => MasterKeys.Load(options, null)).Message;

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(MasterKey.Size));
}
