using System.Net;
using System.Net.Sockets;

namespace Portal.Web;

/// <summary>
/// What of a caller's address counts for limits: all of an IPv4 address, and the /64 of an IPv6 address, since whoever has one of those has
/// all of them.
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
