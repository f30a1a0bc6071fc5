namespace Portal.Model;

/// <summary>Why a webhook brought no answer: the closed list that <c>webhook_errors.error_type</c> holds.</summary>
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

    /// <summary>n8n is up, and has not taken up its workflows yet.</summary>
    Starting,
}

/// <summary>What a client reads about an error: what happened, and what to click.</summary>
public sealed record WebhookAdvice(string Title, string Fix);

public static class WebhookErrors
{
    extension(WebhookErrorType type)
    {
        /// <summary>As it stands in the database.</summary>
        public string Name => type switch
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

        public WebhookAdvice Advice => type switch
        {
            WebhookErrorType.Timeout => new(
                "No answer within the time limit",
                "Look for the slow node under Executions in n8n, raise the widget's time limit, or let the workflow answer later."),
            WebhookErrorType.Unreachable => new(
                "No connection to n8n",
                "Check the address, and that the server runs and can be reached from the internet."),
            WebhookErrorType.Tls => new(
                "The certificate is not valid",
                "Renew the certificate of your n8n, or use the host name it was made for."),
            WebhookErrorType.Blocked => new(
                "The address is not allowed",
                "Use an https address on the public internet. Who runs the portal can open an n8n in their own network."),
            WebhookErrorType.Redirect => new(
                "n8n sent us to another address",
                "Paste the final address: the portal follows no redirects. In Respond to Webhook, don't choose Redirect."),
            WebhookErrorType.Unauthorized => new(
                "n8n refused the credentials",
                "Choose the same authentication in the Webhook node and in the widget. Signed: Key Type PEM Key, Algorithm ES256 and this widget's public key. Also look at IP(s) Allowlist and Ignore Bots in the node's options."),
            WebhookErrorType.NotFound => new(
                "n8n does not know this address",
                "Publish the workflow (in older n8n, turn on Active), and use the Production URL of its Webhook node, or the Chat URL of its Chat Trigger. The test URL (/webhook-test/…) works for one call only."),
            WebhookErrorType.WrongMethod => new(
                "The webhook listens to another method",
                "In the Webhook node, set HTTP Method to POST; the node starts out with GET."),
            WebhookErrorType.RateLimited => new(
                "n8n asked us to slow down",
                "Raise the rate limit of n8n, or of the proxy in front of it, or your plan."),
            WebhookErrorType.WorkflowError => new(
                "The workflow failed",
                "Open Executions in n8n: the last one shows the node that failed."),
            WebhookErrorType.Proxy => new(
                "Something in front of n8n answered instead",
                "A web page came back instead of an answer. See that n8n runs, and that no sign-in page or firewall stands in front of the webhook."),
            WebhookErrorType.Http => new(
                "An unexpected status came back",
                "Look at the response code that the workflow sets in Respond to Webhook; 200 is right."),
            WebhookErrorType.NoAnswer => new(
                "The workflow returned no answer",
                "Make sure that every branch of the workflow ends in a node that returns the answer, in a field named output."),
            WebhookErrorType.BadAnswer => new(
                "There was no text in the answer that we know",
                "Let the last node give a field named output, or set the widget's answer path."),
            WebhookErrorType.TooLarge => new(
                "The answer is too large",
                "Send text of less than 256 kB, not documents."),
            WebhookErrorType.Incomplete => new(
                "The answer broke off",
                "Usually a proxy or a restart on the way: look under Executions in n8n, and let no proxy buffer or cut long answers."),
            WebhookErrorType.CircuitOpen => new(
                "Calls are paused",
                "Too many calls failed, or were still waiting. Fix the error before this one; calls resume by themselves."),
            WebhookErrorType.Starting => new(
                "n8n is starting, or this is no webhook address",
                "After a restart n8n answers again by itself within a minute. If this stays, copy the address again from the workflow's first node: it has /webhook/ in it."),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };
    }

    /// <summary>Null for what an older version may have written.</summary>
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
