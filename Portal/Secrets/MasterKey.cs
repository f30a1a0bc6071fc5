using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Portal.Hosting;

namespace Portal.Secrets;

/// <summary>
/// Settings <c>Portal:MasterKey…</c>: 32 random bytes in base64, given directly or in a file (<c>openssl rand -base64
/// 32</c> makes one).
/// </summary>
public sealed class MasterKeyOptions
{
    /// <summary>
    /// Required, or the file: 32 random bytes in base64 (<c>openssl rand -base64 32</c>). It encrypts the secrets in
    /// the database.
    /// </summary>
    [Secret]
    public string? MasterKey { get; set; }

    /// <summary>A file with the master key, instead of the key itself.</summary>
    public string? MasterKeyFile { get; set; }

    /// <summary>Previous keys. They decrypt what they encrypted; nothing new is encrypted with them.</summary>
    [Secret]
    public string[] OldMasterKeys { get; set; } = [];
}

/// <summary>
/// A key that encrypts secrets in the database. Its id is derived from it and is part of every ciphertext.
/// </summary>
public sealed class MasterKey
{
    public const int Size = 32;

    private readonly byte[] _bytes;

    public MasterKey(byte[] bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size);
        _bytes = bytes;
        Id = Convert.ToHexStringLower(HMACSHA256.HashData(bytes, "portal master key id"u8))[..12];
    }

    public string Id { get; }

    /// <summary>32 random bytes contain fewer than 20 different ones less often than once in a trillion.</summary>
    internal bool IsRandom =>
        _bytes.Distinct().Count() >= 20
        && !_bytes.Zip(_bytes.Skip(1)).All(pair => (byte)(pair.Second - pair.First) == (byte)(_bytes[1] - _bytes[0]));

    internal AesGcm Cipher() => new(_bytes, SecretProtector.TagSize);

    internal static MasterKey Parse(string? base64, string setting)
    {
        var bytes = new byte[Size];
        return Convert.TryFromBase64String(base64?.Trim() ?? "", bytes, out var length) && length == Size
            ? new(bytes)
            : throw new CannotStartException(
                $"{setting} must be exactly {Size} bytes in base64, as \"openssl rand -base64 {Size}\" prints them."
            );
    }
}

/// <summary>The key that encrypts, and those that only decrypt.</summary>
public sealed class MasterKeys(MasterKey current, params IEnumerable<MasterKey> old)
{
    // The test value in master_key_checks; knowing it helps nobody.
    private const string Canary = "the portal's secrets open with this key";

    private readonly Dictionary<string, MasterKey> _byId = old.Append(current)
        .DistinctBy(key => key.Id)
        .ToDictionary(key => key.Id);

    public MasterKey Current { get; } = current;

    public MasterKey? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>
    /// Reads the keys from the settings. Only the embedded default may make one, in its data folder, when none is set.
    /// </summary>
    /// <param name="isProduction">There a key that somebody could guess is refused.</param>
    public static MasterKeys Load(MasterKeyOptions options, string? mayCreateIn, bool isProduction = false)
    {
        var current = options switch
        {
            { MasterKey.Length: > 0 } => MasterKey.Parse(options.MasterKey, "Portal:MasterKey"),
            { MasterKeyFile.Length: > 0 } => Read(options.MasterKeyFile, "Portal:MasterKeyFile"),
            _ when mayCreateIn is not null => ReadOrCreate(Path.Combine(mayCreateIn, "master-key")),
            _ => throw new CannotStartException(
                "The portal has no master key for the secrets in its database: set Portal:MasterKey, or Portal:MasterKeyFile, to 32 bytes in base64, as \"openssl rand -base64 32\" prints them."
            ),
        };

        if (isProduction && !current.IsRandom)
        {
            throw new CannotStartException(
                $"{(options.MasterKey is { Length: > 0 } ? "Portal:MasterKey" : "Portal:MasterKeyFile")} is no random key, and anybody could guess it: use {MasterKey.Size} bytes as \"openssl rand -base64 {MasterKey.Size}\" prints them."
            );
        }

        return new(
            current,
            options.OldMasterKeys.Select((key, index) => MasterKey.Parse(key, $"Portal:OldMasterKeys:{index}"))
        );
    }

    /// <summary>
    /// Checks the keys against the database: every key that encrypted secrets in it has left a test value, and every
    /// test value must decrypt. So a wrong or missing key is noticed now and not when the first secret is needed.
    /// </summary>
    public async Task CheckAsync(NpgsqlDataSource accounts, CancellationToken cancellationToken = default)
    {
        await OpenAllAsync();
        await using var insert = accounts.CreateCommand(
            "INSERT INTO master_key_checks (key_id, canary) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        );
        insert.Parameters.Add(new() { Value = Current.Id });
        insert.Parameters.Add(new() { Value = new SecretProtector(this).Seal(Canary, Place) });
        if (await insert.ExecuteNonQueryAsync(cancellationToken) > 0)
        {
            await OpenAllAsync(); // another portal may have started on an empty database with another key
        }

        async Task OpenAllAsync()
        {
            var box = new SecretProtector(this);
            await using var select = accounts.CreateCommand(
                "SELECT key_id, canary FROM master_key_checks ORDER BY created_at"
            );
            await using var canaries = await select.ExecuteReaderAsync(cancellationToken);
            while (await canaries.ReadAsync(cancellationToken))
            {
                var id = canaries.GetString(0);
                if (Find(id) is null)
                {
                    throw new CannotStartException(
                        $"This is not the master key of this database: its secrets were encrypted with key {id}, and the portal was given {string.Join(", ", _byId.Keys)}. "
                            + "Set Portal:MasterKey to the previous key. After a key change, put the previous key into Portal:OldMasterKeys."
                    );
                }

                try
                {
                    _ = box.Open(canaries.GetString(1), Place);
                }
                catch (CryptographicException e)
                {
                    throw new CannotStartException(
                        $"The test secret of master key {id} in the table master_key_checks can’t be decrypted: it was changed in the database.",
                        e
                    );
                }
            }
        }
    }

    private static SecretContext Place => new("master_key_checks", "canary", Guid.Empty, Guid.Empty);

    private static MasterKey Read(string file, string setting)
    {
        try
        {
            return MasterKey.Parse(File.ReadAllText(file), $"The file {file} of {setting}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException($"The file of {setting} cannot be read: {e.Message}", e);
        }
    }

    private static MasterKey ReadOrCreate(string file)
    {
        if (!File.Exists(file))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            OwnerOnlyFile.CreateOnce(
                file,
                Convert.ToBase64String(RandomNumberGenerator.GetBytes(MasterKey.Size)) + "\n"
            );
        }

        return Read(file, "the embedded default");
    }
}

/// <summary>Small files that nobody but the portal's own user may read.</summary>
internal static class OwnerOnlyFile
{
    /// <summary>
    /// Writes the whole file unless it exists: if several processes start at once, the first one's content stays.
    /// </summary>
    public static void CreateOnce(string file, string content)
    {
        var draft = $"{file}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(draft, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(content));
                stream.Flush(flushToDisk: true);
            }

            // File.Move checks for the file before it moves, so of two that check at once the later one would win.
            if (!OperatingSystem.IsLinux() || (Link(draft, file) != 0 && !File.Exists(file)))
            {
                File.Move(draft, file, overwrite: false); // not every file system has links
            }
        }
        finally
        {
            File.Delete(draft);
        }
    }

    [DllImport("libc", EntryPoint = "link")]
    private static extern int Link(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string existing,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string file
    );
}
