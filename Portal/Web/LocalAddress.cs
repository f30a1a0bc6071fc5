using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace Portal.Web;

/// <summary>Return addresses that come from the request.</summary>
public static class LocalAddress
{
    extension(IUrlHelper url)
    {
        /// <summary>The address if it is local and fit for a header; otherwise the start page.</summary>
        public string LocalOrHome(string? address) => url.IsLocalUrl(address) ? Encode(address) : "/";
    }

    // A header may only contain printable ASCII; an address that does is left as it is.
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
