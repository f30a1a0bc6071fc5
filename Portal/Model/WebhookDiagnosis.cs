namespace Portal.Model;

/// <summary>
/// Explains a failure to a client. One error type covers several mistakes; the response tells them apart, so each gets
/// its own title and what to click. Works on what <c>webhook_errors</c> stores, so that old rows are explained as well.
/// </summary>
public static class WebhookDiagnosis
{
    private const string Publish = "publish it again";

    /// <summary>In order: the first match counts.</summary>
    public static readonly IReadOnlyList<Rule> Rules =
    [
        // Ran without an error, returned nothing.
        new(
            WebhookErrorType.NoAnswer,
            "No item to return was found",
            new(
                "The last node returned no items",
                "The workflow ran but had nothing to return. In n8n, open its last node and turn on Settings → Always Output Data, or add a branch that answers when nothing is found."
            )
        ),
        new(
            WebhookErrorType.NoAnswer,
            "Workflow executed successfully but",
            new(
                "The last node returned no items",
                "The workflow ran but had nothing to return. In n8n, open its last node and turn on Settings → Always Output Data, or add a branch that answers when nothing is found."
            )
        ),
        new(
            WebhookErrorType.NoAnswer,
            WebhookFindings.EmptyReply,
            new(
                "The response was empty",
                "Make sure every branch ends in the Respond to Webhook node, and that its Respond With isn’t No Data. With Respond: Streaming, turn on Enable Streaming in the AI Agent too."
            )
        ),
        new(
            WebhookErrorType.NoAnswer,
            WebhookFindings.StreamWithoutText,
            new(
                "The stream had no text",
                "In the AI Agent, turn on Options → Enable Streaming, and check under Executions that its model answered."
            )
        ),
        // Replied, but not with an answer.
        new(
            WebhookErrorType.NoAnswer,
            WebhookFindings.Started,
            new(
                "The workflow replies before it has an answer",
                "In the Webhook node, set Respond to When Last Node Finishes or Using 'Respond to Webhook' Node. If the workflow replies by callback, turn on Asynchronous replies on the Connection page."
            )
        ),
        new(
            WebhookErrorType.NoAnswer,
            "Webhook call received",
            new(
                "Only Run If kept the workflow from running",
                "In the Webhook node, check Options → Only Run If: its condition wasn’t met, so nothing ran."
            )
        ),
        new(
            WebhookErrorType.NoAnswer,
            "executionStarted",
            new(
                "The Chat Trigger replies through its Response Nodes",
                "That only works in n8n’s own chat. In the Chat Trigger, set Response Mode to When Last Node Finishes, Using Respond to Webhook Node or Streaming."
            )
        ),
        new(
            WebhookErrorType.NoAnswer,
            null,
            new(
                "The answer was blank",
                "The answer field is there but empty. Check under Executions what the last node returned."
            )
        ),
        // Did not run, or not to its end.
        new(
            WebhookErrorType.WorkflowError,
            "No Respond to Webhook node found",
            new(
                "The workflow has no Respond to Webhook node",
                $"Add a Respond to Webhook node at the end, or set Respond in the Webhook node to When Last Node Finishes, then {Publish}."
            )
        ),
        new(
            WebhookErrorType.WorkflowError,
            "Unused Respond to Webhook node",
            new(
                "The Respond to Webhook node isn’t used",
                $"In the Webhook node, set Respond to Using 'Respond to Webhook' Node, or delete that node, then {Publish}."
            )
        ),
        new(
            WebhookErrorType.WorkflowError,
            "could not be started",
            new(
                "The workflow couldn’t start",
                $"Open it in n8n: a node or a credential is missing or broken. Fix it and {Publish}."
            )
        ),
        new(
            WebhookErrorType.WorkflowError,
            "No authentication data defined",
            new(
                "The Webhook node has no credential",
                $"In the Webhook node, select a credential under Authentication, or set Authentication to None, then {Publish}."
            )
        ),
        // Authentication.
        new(WebhookErrorType.Unauthorized, "User not authenticated", UserAuth),
        new(WebhookErrorType.Unauthorized, "Invalid authentication token", UserAuth),
        new(
            WebhookErrorType.Unauthorized,
            "IP is not allowed",
            new(
                "n8n doesn’t allow the portal’s IP address",
                "In the first node, add the portal’s addresses to Options → IP(s) Allowlist. The Connection page lists them."
            )
        ),
        new(
            WebhookErrorType.Unauthorized,
            "No token provided",
            new(
                "n8n expects signed requests",
                "The Webhook node uses JWT Auth. Choose Signed requests on this widget’s Connection page, or another Authentication in the node."
            )
        ),
        new(
            WebhookErrorType.Unauthorized,
            "jwt expired",
            new(
                "n8n’s clock is wrong",
                "A signed token is valid for five minutes, and n8n found it expired. Set the clock of n8n’s server."
            )
        ),
        new(
            WebhookErrorType.Unauthorized,
            "invalid algorithm",
            new(
                "Wrong algorithm in the JWT credential",
                "In n8n’s JWT credential, set Key Type to PEM Key and Algorithm to ES256."
            )
        ),
        new(
            WebhookErrorType.Unauthorized,
            "invalid signature",
            new(
                "Wrong public key in the JWT credential",
                "Copy this widget’s public key from its Connection page into n8n’s JWT credential."
            )
        ),
        new(
            WebhookErrorType.Unauthorized,
            "Authorization is required",
            new(
                "n8n expects a user name and password",
                "The first node uses Basic Auth. Choose Basic auth on this widget’s Connection page, or set Authentication to None in n8n."
            )
        ),
        // What is at the address.
        new(
            WebhookErrorType.NotFound,
            "",
            new(
                "The chat isn’t public, or isn’t published",
                "In the Chat Trigger, turn on Make Chat Publicly Available, publish the workflow, and copy the Chat URL."
            ),
            IsWhole: true
        ),
        new(
            WebhookErrorType.Tls,
            WebhookFindings.NoTls,
            new(
                "No TLS at this port",
                "The URL starts with https://, but the server there speaks plain HTTP. Put n8n behind a proxy with a certificate, or use the address and port that have one."
            )
        ),
        new(
            WebhookErrorType.Tls,
            WebhookFindings.NoHandshake,
            new(
                "TLS handshake failed",
                "The server speaks TLS, but no version or cipher that the portal accepts. Enable TLS 1.2 or 1.3 on it."
            )
        ),
        new(null, "plain HTTP request was sent to HTTPS port", HttpToHttps),
        new(null, "sent an HTTP request to an HTTPS server", HttpToHttps),
        new(
            WebhookErrorType.Proxy,
            null,
            new(
                "A proxy timed out",
                "A proxy in front of n8n ended the call: n8n Cloud does so after 100 seconds, many others after 60. Make the workflow faster, or use asynchronous replies."
            ),
            Statuses: [408, 504, 524]
        ),
        new(
            WebhookErrorType.Proxy,
            null,
            new(
                "n8n can’t be reached behind its proxy",
                "The server in front of n8n responds, but n8n itself doesn’t. Check that n8n is running."
            ),
            Statuses: [502, 503, 520, 521, 522, 523]
        ),
        new(
            WebhookErrorType.Proxy,
            null,
            new(
                "A sign-in page or firewall blocks n8n",
                "Let calls to /webhook/ through without a sign-in: check Cloudflare Access, the proxy’s basic authentication and firewall rules."
            ),
            Statuses: [401, 403]
        ),
        new(
            WebhookErrorType.Proxy,
            null,
            new(
                "No n8n at this address",
                "A web server answered that it has no such page. Copy the URL again from the workflow’s first node."
            ),
            Statuses: [404]
        ),
        new(
            WebhookErrorType.Incomplete,
            WebhookFindings.ClosedEarly,
            new(
                "n8n stopped while replying",
                "It accepted the message, then closed the connection: it was restarted, killed or ran out of memory. Check Executions and the server’s log."
            )
        ),
        new(
            WebhookErrorType.Http,
            null,
            new("n8n is waiting for credentials", "Open the workflow in n8n and connect the credentials it asks for."),
            Statuses: [428]
        ),
        new(
            WebhookErrorType.BadAnswer,
            "\"sendMessage\"",
            new(
                "The workflow returned the question",
                "Its last node passes on its input. Add a node after it that puts the answer into a field named output."
            )
        ),
        new(
            WebhookErrorType.Timeout,
            "did not call back in time",
            new(
                "No callback before the timeout",
                "Check under Executions that the workflow reached the node that posts to callbackUrl, or raise the widget’s timeout. A later callback still counts."
            )
        ),
    ];

    private static WebhookAdvice UserAuth =>
        new(
            "The Chat Trigger only lets in n8n users",
            "In the Chat Trigger, set Authentication to None or Basic Auth: n8n User Auth is for people signed in to n8n."
        );

    private static WebhookAdvice HttpToHttps =>
        new("This port expects HTTPS", "Change http:// to https:// in the URL.");

    /// <param name="message">What came back, or what happened, as it stands in
    /// <c>webhook_errors.error_message</c>.</param>
    /// <returns>Null for a name that is not ours.</returns>
    public static WebhookAdvice? Of(string? type, int? status, string? message) =>
        WebhookErrors.Parse(type) is { } error ? Of(error, status, message) : null;

    public static WebhookAdvice Of(WebhookErrorType error, int? status, string? message)
    {
        foreach (var rule in Rules)
        {
            if (rule.Fits(error, status, message ?? ""))
            {
                return rule.Advice;
            }
        }

        return error.Advice;
    }

    /// <param name="Error">Null for any.</param>
    /// <param name="Says">What stands in the message; null for any message that says something.</param>
    /// <param name="IsWhole">The message is this, and nothing else.</param>
    public sealed record Rule(
        WebhookErrorType? Error,
        string? Says,
        WebhookAdvice Advice,
        int[]? Statuses = null,
        bool IsWhole = false
    )
    {
        public bool Fits(WebhookErrorType error, int? status, string message) =>
            (Error is null || Error == error)
            && (Statuses is null || (status is { } code && Statuses.Contains(code)))
            && (
                Says is null ? Statuses is not null || message.Length > 0
                : IsWhole ? status is not null && message.Trim() == Says
                : message.Contains(Says, StringComparison.OrdinalIgnoreCase)
            );
    }
}
