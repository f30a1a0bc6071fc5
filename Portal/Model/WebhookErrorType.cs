namespace Portal.Model;

/// <summary>Why a webhook call brought no answer: the closed list of <c>webhook_errors.error_type</c>.</summary>
public enum WebhookErrorType
{
    Timeout,
    Unreachable,
    Tls,
    Blocked,
    Redirect,
    Unauthorized,
    NotFound,
    WrongMethod,
    RateLimited,
    WorkflowError,
    Proxy,
    Http,
    NoAnswer,
    BadAnswer,
    TooLarge,
    Incomplete,
    CircuitOpen,

    /// <summary>n8n is up, but has not loaded its workflows yet.</summary>
    Starting,
}

/// <summary>The explanation of an error: what happened, and what to click.</summary>
public sealed record WebhookAdvice(string Title, string Fix);

public static class WebhookErrors
{
    extension(WebhookErrorType type)
    {
        /// <summary>The name in the database.</summary>
        public string Name =>
            type switch
            {
                WebhookErrorType.Timeout => "timeout",
                WebhookErrorType.Unreachable => "unreachable",
                WebhookErrorType.Tls => "tls",
                WebhookErrorType.Blocked => "blocked",
                WebhookErrorType.Redirect => "redirect",
                WebhookErrorType.Unauthorized => "unauthorized",
                WebhookErrorType.NotFound => "not_found",
                WebhookErrorType.WrongMethod => "wrong_method",
                WebhookErrorType.RateLimited => "rate_limited",
                WebhookErrorType.WorkflowError => "workflow_error",
                WebhookErrorType.Proxy => "proxy",
                WebhookErrorType.Http => "http",
                WebhookErrorType.NoAnswer => "no_answer",
                WebhookErrorType.BadAnswer => "bad_answer",
                WebhookErrorType.TooLarge => "too_large",
                WebhookErrorType.Incomplete => "incomplete",
                WebhookErrorType.CircuitOpen => "circuit_open",
                WebhookErrorType.Starting => "starting",
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
            };

        public WebhookAdvice Advice =>
            type switch
            {
                WebhookErrorType.Timeout => new(
                    "Timed out",
                    "Find the slow node under Executions in n8n, raise the widget’s timeout, or use asynchronous replies."
                ),
                WebhookErrorType.Unreachable => new(
                    "Can’t reach n8n",
                    "Check the URL, and that the server is running and reachable from the internet."
                ),
                WebhookErrorType.Tls => new(
                    "Invalid TLS certificate",
                    "Renew the certificate of your n8n, or use the host name it was issued for."
                ),
                WebhookErrorType.Blocked => new(
                    "Address not allowed",
                    "Use an https:// address on the public internet. Your portal administrator can allow internal addresses."
                ),
                WebhookErrorType.Redirect => new(
                    "n8n returned a redirect",
                    "Paste the final URL: the portal doesn’t follow redirects. In Respond to Webhook, don’t choose Redirect."
                ),
                WebhookErrorType.Unauthorized => new(
                    "Authentication failed",
                    "Choose the same authentication in the Webhook node and in the widget. For signed requests: Key Type PEM Key, Algorithm ES256 and this widget’s public key. Also check IP(s) Allowlist and Ignore Bots in the node’s options."
                ),
                WebhookErrorType.NotFound => new(
                    "Webhook not found",
                    "Publish the workflow (in older n8n, turn on Active), and use the Production URL of its Webhook node, or the Chat URL of its Chat Trigger. The test URL (/webhook-test/…) works for one call only."
                ),
                WebhookErrorType.WrongMethod => new(
                    "Wrong HTTP method",
                    "In the Webhook node, set HTTP Method to POST (the default is GET)."
                ),
                WebhookErrorType.RateLimited => new(
                    "Rate limited by n8n",
                    "Raise the rate limit of n8n or of the proxy in front of it, or upgrade your n8n plan."
                ),
                WebhookErrorType.WorkflowError => new(
                    "Workflow error",
                    "Open Executions in n8n: the latest one shows the node that failed."
                ),
                WebhookErrorType.Proxy => new(
                    "A proxy or firewall answered instead of n8n",
                    "A web page came back instead of an answer. Check that n8n is running, and that no sign-in page or firewall blocks the webhook."
                ),
                WebhookErrorType.Http => new(
                    "Unexpected HTTP status",
                    "Check the response code that the workflow sets in Respond to Webhook; it should be 200."
                ),
                WebhookErrorType.NoAnswer => new(
                    "Empty response",
                    "Make sure every branch of the workflow ends in a node that returns the answer, in a field named output."
                ),
                WebhookErrorType.BadAnswer => new(
                    "Answer field not found",
                    "Return the answer in a field named output, or set the widget’s answer field."
                ),
                WebhookErrorType.TooLarge => new(
                    "Response too large",
                    "Return text of less than 256 kB, not documents."
                ),
                WebhookErrorType.Incomplete => new(
                    "Response was cut off",
                    "Usually caused by a proxy or a restart: check Executions in n8n, and make sure no proxy buffers or cuts off long responses."
                ),
                WebhookErrorType.CircuitOpen => new(
                    "Paused after repeated failures",
                    "Too many calls failed or were still waiting. Fix the error that came before; calls resume automatically."
                ),
                WebhookErrorType.Starting => new(
                    "n8n is starting, or this isn’t a webhook URL",
                    "After a restart, n8n is usually back within a minute. If this persists, copy the URL again from the workflow’s first node: it contains /webhook/."
                ),
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
            };
    }

    /// <summary>Null for a name that an older version may have written.</summary>
    public static WebhookErrorType? Parse(string? name)
    {
        foreach (var type in Enum.GetValues<WebhookErrorType>())
        {
            if (type.Name == name)
            {
                return type;
            }
        }

        return null;
    }
}
