using System.Net.Sockets;
using System.Text;
using Portal.Tests.Data;

namespace Portal.Tests.Hosting;

[Trait("Speed", "slow")]
public sealed class SystemdTests
{
    [Fact]
    public async Task Systemd_is_notified_when_the_portal_is_ready_and_when_it_stops()
    {
        using var folder = TestFolder.Create();
        var address = Path.Combine(folder.Path, "notify");
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(address));
        await using var database = await TestDatabase.CreateAsync();
        await using var portal = await PortalProcess.StartAsync(
            database,
            ("Portal:MasterKey", Convert.ToBase64String(new byte[32])),
            ("NOTIFY_SOCKET", address)
        );

        Assert.Equal("READY=1", await HeardAsync(systemd));
        Assert.True((await portal.Http.GetAsync("/health/ready")).IsSuccessStatusCode);
        Assert.Equal(0, await portal.TerminateAsync());
        Assert.Equal("STOPPING=1", await HeardAsync(systemd));
    }

    private static async Task<string> HeardAsync(Socket systemd)
    {
        var buffer = new byte[256];
        var length = await systemd.ReceiveAsync(buffer.AsMemory()).AsTask().Patiently();
        return Encoding.UTF8.GetString(buffer, 0, length).Trim();
    }
}
