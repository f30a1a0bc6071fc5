using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Webhooks;

/// <summary>
/// Wrong certificates of an authority that this portal trusts, so that name and date are checked, and not just the
/// signature. OpenSSL takes its authorities from SSL_CERT_FILE when the process starts.
/// </summary>
[Trait("Speed", "slow")]
public sealed class TrustedCertificatesTests : IAsyncLifetime
{
    private readonly TestFolder _folder = TestFolder.Create();
    private readonly List<Upstream> _servers = [];
    private TestDatabase _database = null!;
    private NpgsqlDataSource _superuser = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _superuser = await _database.AsSuperuserAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await _database.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_certificate_for_another_name_and_one_that_has_expired_are_refused_although_who_signed_them_is_trusted()
    {
        using var authority = Authority();
        var trusted = Path.Combine(_folder.Path, "authorities.pem");
        await File.WriteAllTextAsync(trusted, authority.ExportCertificatePem());
        var now = DateTimeOffset.UtcNow;
        var good = Serve(Signed(authority, "127.0.0.1", now.AddDays(-1), now.AddDays(30)));
        var misnamed = Serve(Signed(authority, "192.0.2.1", now.AddDays(-1), now.AddDays(30)));
        var expired = Serve(Signed(authority, "127.0.0.1", now.AddDays(-30), now.AddDays(-1)));
        var early = Serve(Signed(authority, "127.0.0.1", now.AddDays(1), now.AddDays(30)));
        await using var portal = await PortalProcess.StartAsync(
            _database,
            [
                ("SSL_CERT_FILE", trusted),
                ("SSL_CERT_DIR", _folder.Path),
                ("Portal:MasterKey", Convert.ToBase64String(new byte[32])),
                ("Portal:Limits:Off", "true"),
                .. _servers.Select((server, i) => ($"Portal:Webhooks:AllowedTargets:{i}", $"127.0.0.1:{server.Port}")),
            ]
        );

        Assert.Equal("answered: Hello over TLS.", await AskAsync(portal, good));
        Assert.Equal("failed: tls", await AskAsync(portal, misnamed));
        Assert.Equal("failed: tls", await AskAsync(portal, expired));
        Assert.Equal("failed: tls", await AskAsync(portal, early));
        Assert.Single(good.Requests);
        Assert.Empty(_servers.Where(server => server != good).SelectMany(server => server.Requests));
    }

    private Upstream Serve(X509Certificate2 certificate)
    {
        var server = new Upstream(async visit =>
        {
            await visit.SecureAsync(certificate);
            await visit.ReadRequestAsync();
            await visit.ReplyAsync("""{"output":"Hello over TLS."}""");
        });
        _servers.Add(server);
        return server;
    }

    private async Task<string> AskAsync(PortalProcess portal, Upstream server)
    {
        await using var insert = _superuser.CreateCommand(
            """
            WITH client AS (INSERT INTO clients (name) VALUES ('TLS') RETURNING id)
            INSERT INTO widgets (client_id, name, config, webhook_url, widget_secret) SELECT id, 'Bot', '{}', $1, 'by hand' FROM client RETURNING id
            """
        );
        insert.Parameters.AddWithValue(server.Url.Replace("http:", "https:", StringComparison.Ordinal));
        var widget = (Guid)(await insert.ExecuteScalarAsync())!;
        var reply = await (await new Guest(portal.Http, widget).OpenAsync()).AskAsync("Hello?");
        await using var error = _superuser.CreateCommand("SELECT error_type FROM webhook_errors WHERE widget_id = $1");
        error.Parameters.AddWithValue(widget);
        return $"{reply.GetProperty("status").GetString()}: {await error.ExecuteScalarAsync() ?? reply.GetProperty("response").GetString()}";
    }

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true,
                hasPathLengthConstraint: false,
                0,
                critical: true
            )
        );
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true)
        );
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-60), DateTimeOffset.UtcNow.AddDays(60));
    }

    private static X509Certificate2 Signed(
        X509Certificate2 authority,
        string address,
        DateTimeOffset from,
        DateTimeOffset until
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=n8n of a test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false)
        );
        using var signed = request.Create(authority, from, until, RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
    }
}
