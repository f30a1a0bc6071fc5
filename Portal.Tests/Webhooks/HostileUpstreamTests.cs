using System.IO.Compression;
using Portal.Audit;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

/// <summary>Everything a webhook may do wrong ends in one named error, in bounded time and memory.</summary>
public sealed class HostileUpstreamTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task It_refuses_the_connection()
    {
        using var port = HeldPort.Take();
        using var caller = new Caller(settings => settings.AllowedTargets = [$"127.0.0.1:{port}"]);
        caller.Target = caller.Target with { Url = $"http://127.0.0.1:{port}/webhook/shop" };

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());

        Assert.Equal((WebhookErrorType.Unreachable, "The connection was refused."), (failed.Error, failed.Detail));
    }

    [Fact]
    public async Task It_takes_the_question_and_never_answers() =>
        await FailsAsync(
            "timeout",
            async visit =>
            {
                await visit.ReadRequestAsync();
                await visit.HangAsync();
            },
            Short
        );

    [Fact]
    public async Task It_does_not_even_read() => await FailsAsync("timeout", visit => visit.HangAsync(), Short);

    [Fact]
    public async Task It_drips_a_byte_now_and_then() =>
        await FailsAsync(
            "timeout",
            async visit =>
            {
                await visit.ReadRequestAsync();
                await visit.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
                using var drip = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
                while (await drip.WaitForNextTickAsync(visit.End))
                {
                    await visit.WriteAsync("a");
                }
            },
            Short
        );

    [Fact]
    public async Task It_drips_headers() =>
        await FailsAsync(
            "timeout",
            async visit =>
            {
                await visit.ReadRequestAsync();
                await visit.WriteAsync("HTTP/1.1 200 OK\r\n");
                using var drip = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
                while (await drip.WaitForNextTickAsync(visit.End))
                {
                    await visit.WriteAsync("X: y\r\n");
                }
            },
            Short
        );

    [Fact]
    public async Task It_sends_without_end() =>
        await FailsAsync("too_large", visit => EndlessAsync(visit, new string('a', 8000)));

    [Fact]
    public async Task It_streams_without_end() =>
        await FailsAsync("too_large", visit =>
            EndlessAsync(visit, """{"type":"item","content":"word ","metadata":{}}""" + "\n")
        );

    [Fact]
    public async Task It_streams_keepalives_without_end() =>
        await FailsAsync("too_large", visit =>
            EndlessAsync(visit, string.Concat(Enumerable.Repeat("""{"type":"keepalive"}""" + "\n", 1000)))
        );

    [Fact]
    public async Task It_sends_a_single_endless_line_within_a_stream()
    {
        var isFirst = true;
        await FailsAsync("too_large", visit => EndlessAsync(visit, () =>
            {
                var line = isFirst ? """{"type":"begin","metadata":{}}""" + "\n" : new string('a', 8000);
                isFirst = false;
                return line;
            }));
    }

    [Fact]
    public async Task It_announces_two_gigabytes() => await FailsAsync("too_large", async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n");
            while (true)
            {
                await visit.WriteAsync(new byte[64 * 1024]);
            }
        });

    [Fact]
    public async Task It_sends_a_hundred_thousand_headers() => await FailsAsync("too_large", async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync("HTTP/1.1 200 OK\r\n");
            for (var i = 0; i < 100_000; i++)
            {
                await visit.WriteAsync($"X-{i}: y\r\n");
            }
        });

    [Fact]
    public async Task It_sends_a_gzip_bomb()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[50_000_000]);
        }

        await FailsAsync("bad_answer", async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync(
                $"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {packed.Length}\r\n\r\n"
            );
            await visit.WriteAsync(packed.ToArray());
        });
    }

    [Fact]
    public async Task It_resets_before_it_answers() => await FailsAsync("incomplete", async visit =>
        {
            await visit.ReadRequestAsync();
            visit.Reset();
        });

    [Fact]
    public async Task It_closes_before_it_answers() =>
        await FailsAsync("incomplete", visit => visit.ReadRequestAsync());

    [Fact]
    public async Task It_resets_in_the_middle_of_a_reply() => await FailsAsync("incomplete", async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"output\":\"half");
            visit.Reset();
        });

    [Fact]
    public async Task It_closes_in_the_middle_of_a_reply() => await FailsAsync("incomplete", async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"output\":\"half");
        });

    [Fact]
    public async Task It_resets_in_the_middle_of_a_stream_and_what_came_is_kept()
    {
        var seen = new TaskCompletionSource();
        await using var n8n = new Upstream(async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.StartStreamAsync();
            await visit.ChunkAsync(
                """{"type":"begin","metadata":{}}"""
                    + "\n"
                    + """{"type":"item","content":"The ans","metadata":{}}"""
                    + "\n"
            );
            await seen.Task.Patiently();
            visit.Reset();
        });
        using var caller = new Caller(n8n);

        var failed = Assert.IsType<WebhookOutcome.Failed>(
            await caller.AskAsync(
                (_, _) =>
                {
                    seen.TrySetResult();
                    return ValueTask.CompletedTask;
                }
            )
        );

        Assert.Equal((WebhookErrorType.Incomplete, "The ans"), (failed.Error, failed.PartialText));
    }

    [Fact]
    public async Task It_starts_a_stream_and_falls_silent()
    {
        await using var n8n = new Upstream(async visit =>
        {
            await visit.ReadRequestAsync();
            await visit.StartStreamAsync();
            await visit.ChunkAsync(
                """{"type":"begin","metadata":{}}"""
                    + "\n"
                    + """{"type":"item","content":"The ans","metadata":{}}"""
                    + "\n"
            );
            await visit.HangAsync();
        });
        using var caller = new Caller(n8n, settings => settings.IdleTimeout = TimeSpan.FromSeconds(2));

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());

        Assert.Equal(
            (WebhookErrorType.Timeout, "The stream stalled.", "The ans"),
            (failed.Error, failed.Detail, failed.PartialText)
        );
    }

    [Theory]
    [InlineData("n8n.example.com", 30)]
    [InlineData("127.0.0.1", -1)]
    [InlineData("127.0.0.1", 30)]
    public async Task Its_certificate_is_for_another_name_or_expired_or_home_made(string name, int validDays)
    {
        await using var n8n = new Upstream(async visit =>
        {
            await visit.SecureAsync(name, DateTimeOffset.UtcNow.AddDays(validDays));
            await visit.ReadRequestAsync();
            await visit.ReplyAsync("""{"output":"hi"}""");
        });
        using var caller = new Caller(n8n, settings => settings.ConnectTimeout = TimeSpan.FromMinutes(1));
        caller.Target = caller.Target with { Url = n8n.Url.Replace("http:", "https:", StringComparison.Ordinal) };

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());
        Assert.Equal(
            (WebhookErrorType.Tls, "Invalid TLS certificate"),
            (failed.Error, WebhookDiagnosis.Of(failed.Error, null, failed.Detail).Title)
        );
        Assert.Empty(n8n.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public async Task It_speaks_no_tls_on_an_https_address(string greeting)
    {
        await using var n8n = new Upstream(async visit =>
        {
            await visit.ReadSomeAsync();
            await visit.WriteAsync(greeting);
        });
        using var caller = new Caller(n8n);
        caller.Target = caller.Target with { Url = n8n.Url.Replace("http:", "https:", StringComparison.Ordinal) };

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());

        Assert.Equal((WebhookErrorType.Tls, "Nothing at this port speaks TLS."), (failed.Error, failed.Detail));
        Assert.Equal("No TLS at this port", WebhookDiagnosis.Of(failed.Error, null, failed.Detail).Title);
    }

    [Fact]
    public async Task It_does_not_speak_http() =>
        await FailsAsync("bad_answer", visit => visit.WriteAsync("SSH-2.0-OpenSSH_9.2\r\n"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_workflow_that_is_killed_after_it_got_the_question_has_a_sentence_of_its_own(bool resets) =>
        Assert.Equal(
            "n8n stopped while replying",
            await TitleAsync(async visit =>
            {
                await visit.ReadRequestAsync();
                if (resets)
                {
                    visit.Reset();
                }
            })
        );

    [Fact]
    public async Task A_stream_without_text_has_a_sentence_of_its_own() =>
        Assert.Equal(
            "The stream had no text",
            await TitleAsync(async visit =>
            {
                await visit.ReadRequestAsync();
                await visit.StartStreamAsync();
                await visit.ChunkAsync(
                    """{"type":"begin","metadata":{}}""" + "\n" + """{"type":"end","metadata":{}}""" + "\n"
                );
                await visit.EndChunksAsync();
            })
        );

    private static async Task<string> TitleAsync(Func<Visit, Task> behave)
    {
        await using var n8n = new Upstream(behave);
        using var caller = new Caller(n8n);

        var failed = Assert.IsType<WebhookOutcome.Failed>(await caller.AskAsync());

        return WebhookDiagnosis.Of(failed.Error, failed.StatusCode, failed.Detail).Title;
    }

    private static async Task FailsAsync(string expected, Func<Visit, Task> behave, TimeSpan? timeout = null)
    {
        await using var n8n = new Upstream(behave);
        using var caller = new Caller(n8n);
        caller.Target = caller.Target with { Timeout = timeout ?? caller.Target.Timeout };

        Assert.Equal(expected, await caller.ResultAsync());
        Assert.True(n8n.Requests.Count <= 1, "A question is sent once.");
    }

    private static Task EndlessAsync(Visit visit, string piece) => EndlessAsync(visit, () => piece);

    private static async Task EndlessAsync(Visit visit, Func<string> piece)
    {
        await visit.ReadRequestAsync();
        await visit.StartStreamAsync();
        while (true)
        {
            await visit.ChunkAsync(piece());
        }
    }
}
