using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Portal.Secrets;

/// <summary>
/// Encrypts the data protection keys with the master key, so that reading the database is not enough to sign in.
/// </summary>
public sealed class MasterKeyXmlEncryptor(SecretProtector box) : IXmlEncryptor
{
    internal static readonly SecretContext Place = new("data_protection_keys", "xml", Guid.Empty, Guid.Empty);

    public EncryptedXmlInfo Encrypt(XElement plaintextElement) =>
        new(
            new XElement("sealed", box.Seal(plaintextElement.ToString(SaveOptions.DisableFormatting), Place)),
            typeof(Opener)
        );

    public sealed class Opener(IServiceProvider services) : IXmlDecryptor
    {
        public XElement Decrypt(XElement encryptedElement) =>
            XElement.Parse(services.GetRequiredService<SecretProtector>().Open(encryptedElement.Value, Place));
    }
}
