using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace Portal.Web;

/// <summary>Where a page leads back to, when the address was given by whoever asked.</summary>
public static class LocalAddress
{
    extension(IUrlHelper url)
    {
        /// <summary>The address if it is one of ours, fit for a header; else the portal's front door.</summary>
        public string LocalOrHome(string? address) => url.IsLocalUrl(address) ? Encode(address) : "/";
    }

    // A header takes printable ASCII alone; what is written so already stays.
    private static string Encode(string address)
    {
        if (address.All(letter => letter is > ' ' and <= '~'))
        {
            return address;
        }

        var encoded = new StringBuilder(address.Length + 16);
        foreach (var octet in Encoding.UTF8.GetBytes(address))
        {
            _ = octet is > (byte)' ' and <= (byte)'~' ? encoded.Append((char)octet) : encoded.Append($"%{octet:X2}");
        }

        return encoded.ToString();
    }
}
