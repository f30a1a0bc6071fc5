using System.Text;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

/// <summary>Statuses, pages and bytes that are no answer: each has its name, and shows no secrets.</summary>
public sealed class RefusalsTests
{
    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        await using var inside = Upstream.Saying("""{"output":"secrets of the house"}""");
        await using var n8n = Upstream.Writing(
            $"HTTP/1.1 {status} X\r\nLocation: {inside.Url}\r\nContent-Length: 0\r\n\r\n"
        );
        using var caller = new Caller(n8n, settings =>
            settings.AllowedTargets = [.. settings.AllowedTargets, $"127.0.0.1:{inside.Port}"]
        );

        Assert.Equal("redirect", await caller.ResultAsync());
        Assert.Empty(inside.Requests);
    }

    [Fact]
    public async Task A_bot_that_says_slow_down_is_named_with_its_wish()
    {
        await using var n8n = Upstream.Writing(
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 4\r\n\r\nslow"
        );
        using var caller = new Caller(n8n);

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());

        Assert.Equal(
            (WebhookErrorType.RateLimited, "Retry-After: 30\nslow", 429),
            (failed.Error, failed.Detail, failed.StatusCode)
        );
    }

    [Theory]
    [InlineData(200, "text/html", "<!DOCTYPE html><html><body>Sign in</body></html>", "proxy")]
    [InlineData(200, "text/html", "\n<html><head>Maintenance</head></html>", "proxy")]
    [InlineData(403, "text/html", "<html>Attention Required! | Cloudflare</html>", "proxy")]
    [InlineData(404, "text/html", "<html>404 Not Found</html>", "proxy")]
    [InlineData(500, "application/json", """{"message":"Error in workflow"}""", "workflow_error")]
    [InlineData(500, "text/html", "<html>500</html>", "proxy")]
    [InlineData(502, "text/html", "<html>502 Bad Gateway</html>", "proxy")]
    [InlineData(503, "text/html", "", "proxy")]
    [InlineData(503, "application/json", """{"code":503,"message":"Database is not ready!"}""", "starting")]
    [InlineData(504, "text/html", "<html>504 Gateway Time-out</html>", "proxy")]
    [InlineData(524, "text/html", "<html>A timeout occurred</html>", "proxy")]
    [InlineData(405, "text/plain", "Method Not Allowed", "wrong_method")]
    [InlineData(
        404,
        "application/json",
        """{"code":404,"message":"This webhook is not registered for POST requests. Did you mean to make a GET request?"}""",
        "wrong_method"
    )]
    [InlineData(400, "application/json", """{"code":0,"message":"Engine 2.0 does not support …"}""", "http")]
    [InlineData(418, "text/plain", "teapot", "http")]
    [InlineData(428, "application/json", "{}", "http")]
    [InlineData(200, "text/html", "n8n is starting up. Please wait", "starting")]
    // Table 4 of the contract, what was read in n8n's source and not recorded.
    [InlineData(500, "application/json", """{"message":"Workflow execution failed"}""", "workflow_error")]
    [InlineData(
        500,
        "application/json",
        """{"code":0,"message":"Workflow Webhook Error: Workflow could not be started!"}""",
        "workflow_error"
    )]
    [InlineData(500, "text/plain", "No authentication data defined on node!", "workflow_error")]
    [InlineData(503, "application/json", """{"status":"credential_readiness_check_failed"}""", "workflow_error")]
    [InlineData(
        200,
        "application/json",
        """{"message":"Workflow executed successfully but no data was returned"}""",
        "no_answer"
    )]
    [InlineData(
        200,
        "application/json",
        """{"message":"Workflow executed successfully but the last node did not return any data"}""",
        "no_answer"
    )]
    [InlineData(200, "application/json", """{"message":"Webhook call received"}""", "no_answer")]
    [InlineData(
        200,
        "application/json",
        """{"executionStarted":true,"executionId":"7","resumeToken":"x"}""",
        "no_answer"
    )]
    [InlineData(200, "application/json", """{"token":"eyJhbGciOiJIUzI1NiJ9.e30.x"}""", "bad_answer")]
    [InlineData(200, "text/html; charset=utf-8", "null", "no_answer")]
    [InlineData(200, "application/json", "", "no_answer")]
    [InlineData(204, "application/json", "", "no_answer")]
    [InlineData(200, "application/json", "[]", "no_answer")]
    [InlineData(200, "application/json", """{"output":"cut in the mid""", "bad_answer")]
    public async Task A_status_or_page_that_is_no_answer_is_named(int status, string type, string body, string expected)
    {
        await using var n8n = new Upstream(async visit =>
        {
            await visit.ReadRequestAsync();
            await (
                status == 204
                    ? visit.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n")
                    : visit.ReplyAsync(body, status, type)
            );
        });
        using var caller = new Caller(n8n);

        Assert.Equal(expected, await caller.ResultAsync());
    }

    [Fact]
    public async Task An_image_is_refused()
    {
        await using var n8n = new Upstream(async visit =>
        {
            var image = Convert.FromHexString("89504E470D0A1A0A0000000D4948445200000001000000010804000000B51C0C02");
            await visit.ReadRequestAsync();
            await visit.WriteAsync(
                $"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {image.Length}\r\n\r\n"
            );
            await visit.WriteAsync(image);
        });
        using var caller = new Caller(n8n);

        Assert.Equal("bad_answer", await caller.ResultAsync());
    }

    [Fact]
    public async Task What_is_echoed_of_our_secrets_is_not_shown()
    {
        await using var n8n = new Upstream(async visit =>
        {
            var request = await visit.ReadRequestAsync();
            await visit.ReplyAsync($"you sent {request!.Headers["X-Key"]} and {request.Text} password=hunter2", 500);
        });
        using var caller = new Caller(n8n);
        caller.Target = caller.Target with
        {
            Auth = WebhookAuth.Header,
            AuthName = "X-Key",
            AuthSecret = "canary-secret",
        };

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());

        Assert.DoesNotContain("canary-secret", failed.Detail);
        Assert.DoesNotContain("secret-callback", failed.Detail);
        Assert.DoesNotContain("hunter2", failed.Detail);
        Assert.Contains("Do you ship to Norway?", failed.Detail);
    }

    [Fact]
    public async Task Of_a_long_error_page_only_the_beginning_is_kept()
    {
        await using var n8n = Upstream.Saying(new string('é', 100_000), 500);
        using var caller = new Caller(n8n);

        Assert.Equal(
            UpstreamText.DetailMaxLength,
            Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync()).Detail.Length
        );
    }
}
