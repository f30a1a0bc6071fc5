using Microsoft.Extensions.Options;
using Portal.Model;

namespace Portal.Mail;

public enum MailSecurity
{
    /// <summary>An encrypted connection by STARTTLS, or none: it never falls back to plain text.</summary>
    StartTls,

    /// <summary>TLS from the first byte (port 465).</summary>
    Tls,

    /// <summary>Unencrypted, for a relay on the same machine.</summary>
    None,
}

/// <summary>Settings <c>Portal:Mail:…</c>. Without a host no email is sent; the portal says so where it matters.</summary>
public sealed class MailOptions
{
    public string? Host { get; set; }
    public int Port { get; set; } = 587;
    public MailSecurity Security { get; set; }
    public string? User { get; set; }
    public string? Password { get; set; }

    /// <summary>The sender's address.</summary>
    public string? From { get; set; }

    /// <summary>SHA-256 fingerprint (hex) of the server's certificate, for one that no authority has signed.</summary>
    public string? Fingerprint { get; set; }

    public bool IsConfigured => !string.IsNullOrWhiteSpace(Host);

    internal sealed class Rules : IValidateOptions<MailOptions>
    {
        public ValidateOptionsResult Validate(string? name, MailOptions mail)
        {
            if (!mail.IsConfigured)
            {
                return ValidateOptionsResult.Success;
            }

            var wrong = new List<string>();
            if (mail.From is null || !EmailAddresses.IsMailbox(mail.From))
            {
                wrong.Add("Portal:Mail:From must be the one email address that emails are sent from.");
            }

            if (mail.Port is < 1 or > 65535)
            {
                wrong.Add("Portal:Mail:Port must be between 1 and 65535.");
            }

            if (string.IsNullOrEmpty(mail.User) != string.IsNullOrEmpty(mail.Password))
            {
                wrong.Add("Portal:Mail:User and Portal:Mail:Password belong together: set both or neither.");
            }

            if (mail.Security == MailSecurity.None && !string.IsNullOrEmpty(mail.User))
            {
                wrong.Add("Portal:Mail:Security=None would send the password in the clear: use StartTls or Tls.");
            }

            return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
        }
    }
}
