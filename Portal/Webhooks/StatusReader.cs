using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Portal.Model;

namespace Portal.Webhooks;

/// <summary>Classifies a failed call by the status and body of the response, or by its exception.</summary>
internal static class StatusReader
{
    public static WebhookErrorType Name(int status, string body)
    {
        var start = body.AsSpan().TrimStart();
        var isHtml = start.StartsWith("<", StringComparison.Ordinal);
        return status switch
        {
            _ when IsEmptyResult(status, body) => WebhookErrorType.NoAnswer,
            404 or 503 when IsStarting(body) => WebhookErrorType.Starting,
            // Of the Chat Trigger's n8n User Auth, in some versions.
            500 when body.Contains("User not authenticated", StringComparison.Ordinal) => WebhookErrorType.Unauthorized,
            >= 300 and < 400 => WebhookErrorType.Redirect,
            // A firewall's page; n8n itself refuses in plain text.
            401 or 403 => isHtml ? WebhookErrorType.Proxy : WebhookErrorType.Unauthorized,
            404 when IsWrongMethod(body) => WebhookErrorType.WrongMethod,
            // n8n says "not registered" in JSON, or sends nothing; a page comes from another server, and so does
            // Traefik's line.
            404 => isHtml || start.StartsWith("404 page not found", StringComparison.Ordinal)
                ? WebhookErrorType.Proxy
                : WebhookErrorType.NotFound,
            405 => WebhookErrorType.WrongMethod,
            429 => WebhookErrorType.RateLimited,
            // Gateways send HTML, or nothing; n8n's own 5xx responses are JSON.
            >= 500 when isHtml => WebhookErrorType.Proxy,
            >= 502 when !start.StartsWith("{", StringComparison.Ordinal) => WebhookErrorType.Proxy,
            >= 500 => WebhookErrorType.WorkflowError,
            _ => isHtml ? WebhookErrorType.Proxy : WebhookErrorType.Http,
        };
    }

    /// <summary>
    /// The workflow succeeded, and its last node had nothing to return: n8n calls that an error, although its
    /// Executions do not.
    /// </summary>
    public static bool IsEmptyResult(int status, string body) =>
        status == 500 && body.Contains("No item to return was found", StringComparison.Ordinal);

    // Before its workflows are loaded n8n has no webhooks, and Express says so with its own page.
    private static bool IsStarting(string body) =>
        body.Contains("<pre>Cannot POST ", StringComparison.OrdinalIgnoreCase)
        || body.Contains("Database is not ready", StringComparison.OrdinalIgnoreCase)
        || body.Contains(ReplyReader.StartingUp, StringComparison.OrdinalIgnoreCase);

    private static bool IsWrongMethod(string body) =>
        body.Contains("Did you mean to make a", StringComparison.Ordinal)
        || body.Contains("is not registered for POST requests", StringComparison.Ordinal);

    /// <param name="sent">Whether n8n may have got the question: then it was there, and left.</param>
    public static (WebhookErrorType Error, string Detail) Name(Exception failure, bool sent)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case BlockedAddressException:
                    return (WebhookErrorType.Blocked, inner.Message);
                case AuthenticationException:
                    return (WebhookErrorType.Tls, Handshake(inner));
                case SocketException { SocketErrorCode: SocketError.ConnectionReset } when sent:
                    return (WebhookErrorType.Incomplete, WebhookFindings.ClosedEarly);
                case SocketException socket:
                    return (WebhookErrorType.Unreachable, Sentence(socket.SocketErrorCode));
            }
        }

        return (failure as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError => (WebhookErrorType.Tls, Handshake(failure)),
            HttpRequestError.ConfigurationLimitExceeded => (
                WebhookErrorType.TooLarge,
                "The reply's headers are too large."
            ),
            HttpRequestError.InvalidResponse => (WebhookErrorType.BadAnswer, "The reply is not HTTP."),
            HttpRequestError.ResponseEnded => (
                sent ? WebhookErrorType.Incomplete : WebhookErrorType.Unreachable,
                WebhookFindings.ClosedEarly
            ),
            _ => (WebhookErrorType.Unreachable, "The connection broke."),
        };
    }

    // OpenSSL's and .NET's own messages for: a certificate that is not trusted; an alert, so the other side speaks TLS;
    // bytes that are not TLS.
    private static string Handshake(Exception failure)
    {
        var said = "";
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            said += $"{inner.Message}\n";
        }

        bool Says(params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
            {
                if (said.Contains(word, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }

            return false;
        }

        return Says("certificate")
            ? failure is AuthenticationException
                ? failure.Message
                : "The certificate is not valid."
            : Says("alert", "unsupported protocol", "no protocols available", "handshake failure")
                ? WebhookFindings.NoHandshake
                : WebhookFindings.NoTls;
    }

    // The same text whichever address was behind the name, and no address in it.
    private static string Sentence(SocketError error) =>
        error switch
        {
            SocketError.HostNotFound or SocketError.NoData => "The host name was not found.",
            SocketError.TryAgain => "The host name could not be looked up just now.",
            SocketError.ConnectionRefused => "The connection was refused.",
            SocketError.ConnectionReset => "The connection was reset.",
            _ => "No connection could be made.",
        };
}
