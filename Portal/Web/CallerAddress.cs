using System.Net;
using System.Net.Sockets;

namespace Portal.Web;

/// <summary>
/// The part of a caller's address that counts for limits: all of an IPv4 address, and the /64 of an IPv6 address,
/// because its holder has all of them.
/// </summary>
public static class CallerAddress
{
    public static string Of(IPAddress? address)
    {
        if (address is null)
        {
            return "";
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        return address.AddressFamily == AddressFamily.InterNetwork
            ? address.ToString()
            : new IPAddress([.. address.GetAddressBytes()[..8], .. new byte[8]]) + "/64";
    }
}
