using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Portal.Secrets;

/// <summary>Texts that a browser or a link carries sealed, and that anybody may have written.</summary>
public static class SealedText
{
    extension(IDataProtector protector)
    {
        /// <summary>
        /// What was sealed; null where there is nothing, where it was not sealed by us, and where its time or its key
        /// is gone.
        /// </summary>
        public string? Open(string? sealedText)
        {
            try
            {
                return sealedText is null ? null : protector.Unprotect(sealedText);
            }
            catch (CryptographicException)
            {
                return null;
            }
        }
    }
}
