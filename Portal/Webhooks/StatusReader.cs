using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Portal.Webhooks;

/// <summary>Names what went wrong, from the status and body of a refusal or from the exception of a failed call.</summary>
internal static class StatusReader
{
    public static WebhookErrorType Name(int status, string body)
    {
        var start = body.AsSpan().TrimStart();
        var isHtml = start.StartsWith("<", StringComparison.Ordinal);
        return status switch
        {
            >= 300 and < 400 => WebhookErrorType.Redirect,
            // A firewall's page; n8n itself refuses in plain text.
            401 or 403 => isHtml ? WebhookErrorType.Proxy : WebhookErrorType.Unauthorized,
            404 when IsWrongMethod(body) => WebhookErrorType.WrongMethod,
            404 => WebhookErrorType.NotFound,
            405 => WebhookErrorType.WrongMethod,
            429 => WebhookErrorType.RateLimited,
            // Gateways speak HTML, or nothing; n8n's own 5xx are JSON.
            >= 500 when isHtml => WebhookErrorType.Proxy,
            >= 502 when !start.StartsWith("{", StringComparison.Ordinal) => WebhookErrorType.Proxy,
            >= 500 => WebhookErrorType.WorkflowError,
            _ => isHtml ? WebhookErrorType.Proxy : WebhookErrorType.Http,
        };
    }

    private static bool IsWrongMethod(string body) =>
        body.Contains("Did you mean to make a", StringComparison.Ordinal) || body.Contains("is not registered for POST requests", StringComparison.Ordinal);

    public static (WebhookErrorType Error, string Detail) Name(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case BlockedAddressException:
                    return (WebhookErrorType.Blocked, inner.Message);
                case AuthenticationException:
                    return (WebhookErrorType.Tls, inner.Message);
                case SocketException socket:
                    return (WebhookErrorType.Unreachable, Sentence(socket.SocketErrorCode));
            }
        }

        return (failure as HttpRequestException)?.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError => (WebhookErrorType.Tls, "The secure connection could not be made."),
            HttpRequestError.ConfigurationLimitExceeded => (WebhookErrorType.TooLarge, "The reply's headers are too large."),
            HttpRequestError.InvalidResponse => (WebhookErrorType.BadAnswer, "The reply is not HTTP."),
            HttpRequestError.ResponseEnded => (WebhookErrorType.Unreachable, "The connection was closed before a reply."),
            _ => (WebhookErrorType.Unreachable, "The connection broke."),
        };
    }

    // The same words whichever address was behind the name, and no address in them.
    private static string Sentence(SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => "The host name was not found.",
        SocketError.TryAgain => "The host name could not be looked up just now.",
        SocketError.ConnectionRefused => "The connection was refused.",
        SocketError.ConnectionReset => "The connection was reset.",
        _ => "No connection could be made.",
    };
}
