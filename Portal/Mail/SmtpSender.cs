using System.Net.Sockets;
using System.Security.Cryptography;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Options;
using MimeKit;
using Portal.Hosting;
using Portal.Model;

namespace Portal.Mail;

/// <param name="IsFinal">Nothing will change it: the server refused this very mail.</param>
/// <param name="IsOutage">Nothing gets through at all just now.</param>
public sealed record Delivery(string? Error, bool IsFinal = false, bool IsOutage = false)
{
    public static readonly Delivery Done = new((string?)null);
}

/// <summary>Delivers emails to the SMTP server. One connection per batch; every step has a deadline.</summary>
public sealed class SmtpSender(
    IOptions<MailOptions> options,
    PortalOptions portal,
    IServiceProvider services,
    ILoggerFactory loggers
) : IAsyncDisposable
{
    private readonly MailOptions _mail = options.Value;
    private SmtpClient? _smtp;

    public async Task<Delivery> DeliverAsync(Email email, EmailTemplate content, CancellationToken cancellationToken)
    {
        using var message = await MessageAsync(email, content.WithoutLinks());
        try
        {
            await ConnectAsync(cancellationToken);
        }
        catch (Exception e)
            when (e
                    is SocketException
                        or IOException
                        or TimeoutException
                        or ProtocolException
                        or AuthenticationException
                        or SslHandshakeException
                        or CommandException
                        or NotSupportedException
            )
        {
            await DisconnectAsync();
            return new(OneLine(e), IsOutage: true);
        }

        try
        {
            await _smtp!.SendAsync(message, cancellationToken);
            return Delivery.Done;
        }
        catch (SmtpCommandException e)
        {
            // 4yz: try again later. 5yz: permanent.
            return new($"{(int)e.StatusCode} {OneLine(e)}", IsFinal: (int)e.StatusCode >= 500);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // It may have been accepted, so it is sent at least once, with the same Message-ID. The next email shows
            // whether the server is down.
            await DisconnectAsync();
            return new(OneLine(e));
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (_smtp is { IsConnected: true })
        {
            return;
        }

        _smtp?.Dispose();
        _smtp = new SmtpClient { Timeout = 20_000, LocalDomain = portal.PublicUrl.Host };
        if (_mail.Fingerprint is { Length: > 0 } pinned)
        {
            _smtp.ServerCertificateValidationCallback = (_, certificate, _, _) =>
                certificate is not null
                && string.Equals(
                    certificate.GetCertHashString(HashAlgorithmName.SHA256),
                    pinned.Replace(":", "", StringComparison.Ordinal),
                    StringComparison.OrdinalIgnoreCase
                );
        }

        await _smtp.ConnectAsync(
            _mail.Host!,
            _mail.Port,
            _mail.Security switch
            {
                MailSecurity.StartTls => SecureSocketOptions.StartTls,
                MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
                _ => SecureSocketOptions.None,
            },
            cancellationToken
        );
        if (!string.IsNullOrEmpty(_mail.User))
        {
            await _smtp.AuthenticateAsync(_mail.User, _mail.Password!, cancellationToken);
        }
    }

    private async Task<MimeMessage> MessageAsync(Email email, EmailTemplate content)
    {
        var message = new MimeMessage
        {
            // MimeKit folds and encodes what stands in a header; a line break ends nothing here.
            Subject = Plain(content.Subject),
            MessageId = $"{email.Id:N}@{portal.PublicUrl.Host}",
            Date = email.CreatedAt,
        };
        message.From.Add(new MailboxAddress(Plain(portal.Name), EmailAddresses.Quoted(_mail.From!)));
        message.To.Add(new MailboxAddress((email.ToName ?? "").InMail, EmailAddresses.Quoted(email.ToAddress)));
        message.Headers.Add("Auto-Submitted", "auto-generated");
        if (content.Stop is { } stop)
        {
            // RFC 8058: email programs show their own unsubscribe button.
            message.Headers.Add(HeaderId.ListUnsubscribe, $"<{stop}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
        }

        message.Body = new BodyBuilder
        {
            TextBody = content.Text(portal.Name),
            HtmlBody = await HtmlAsync(content),
        }.ToMessageBody();
        return message;
    }

    private async Task<string> HtmlAsync(EmailTemplate content)
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var page = await renderer.RenderComponentAsync<EmailLayout>(
                ParameterView.FromDictionary(
                    new Dictionary<string, object?>
                    {
                        [nameof(EmailLayout.Content)] = content,
                        [nameof(EmailLayout.Portal)] = portal.Name,
                    }
                )
            );
            return $"<!DOCTYPE html>\n{page.ToHtmlString()}";
        });
    }

    private static string Plain(string text) => string.Concat(text.Where(c => !char.IsControl(c))).Trim();

    internal static string OneLine(Exception e) =>
        Plain(e.Message) is { Length: > 300 } text ? text[..300] : Plain(e.Message);

    private async Task DisconnectAsync()
    {
        if (_smtp is { IsConnected: true })
        {
            try
            {
                await _smtp.DisconnectAsync(quit: true, CancellationToken.None);
            }
            catch (Exception e) when (e is IOException or SocketException or ProtocolException or CommandException)
            {
                // The connection is gone already.
            }
        }

        _smtp?.Dispose();
        _smtp = null;
    }

    public async ValueTask DisposeAsync() => await DisconnectAsync();
}
