using Microsoft.Extensions.Options;
using Portal.Hosting;
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

/// <summary>
/// Settings <c>Portal:Mail:…</c>. Without a host no email is sent; the portal says so where it matters.
/// </summary>
public sealed class MailOptions
{
    /// <summary>The SMTP server. Without it no email is sent.</summary>
    public string? Host { get; set; }

    /// <summary>Its port.</summary>
    public int Port { get; set; } = 587;

    /// <summary>
    /// <c>StartTls</c>: encrypted or not at all. <c>Tls</c>: from the first byte (port 465). <c>None</c>: for a relay
    /// on the same machine, without a password.
    /// </summary>
    public MailSecurity Security { get; set; }

    /// <summary>The user at that server. Set both user and password, or neither.</summary>
    public string? User { get; set; }

    /// <summary>That user's password.</summary>
    [Secret]
    public string? Password { get; set; }

    /// <summary>The sender's address; required with <see cref="Host"/>.</summary>
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
