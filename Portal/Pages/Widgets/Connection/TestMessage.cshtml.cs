using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Hosting;
using Portal.Model;
using Portal.Web;
using Portal.Webhooks;

namespace Portal.Pages.Widgets.Connection;

/// <summary>
/// Sends one test message to a widget's workflow and shows request and response. It waits as long as the widget does,
/// shows the time it has waited, and can be stopped.
/// </summary>
public sealed class TestMessageModel(
    PortalDb db,
    CurrentClient current,
    WidgetCredentials credentials,
    TestMessages tests,
    TestCallLimiter calls,
    Tenant tenant,
    PortalOptions portal,
    TimeProvider clock
) : PageModel
{
    private const int MaxLength = 500;

    // Most answers arrive by then, and need no refresh.
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FirstLookWithoutScript = TimeSpan.FromSeconds(10);

    // A test without a result for so long after its deadline has lost its process.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    // Readable: “é” instead of “\u00e9”. Razor encodes it for the page.
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public WidgetHead Head { get; private set; } = null!;
    public Guid Id { get; private set; }
    public WebhookTest? Test { get; private set; }
    public TimeSpan? Wait { get; private set; }
    public bool IsNotConnected { get; private set; }

    public bool IsRunning => Test is { IsRunning: true } test && clock.GetUtcNow() < test.DeadlineAt + Grace;

    public int Elapsed => Test is { } test ? Math.Max(0, (int)(clock.GetUtcNow() - test.CreatedAt).TotalSeconds) : 0;

    public int Limit => Test is { } test ? (int)Math.Round((test.DeadlineAt - test.CreatedAt).TotalSeconds) : 0;

    /// <param name="test">The one to show; without it there is nothing to see here.</param>
    public async Task<IActionResult> OnGetAsync(Guid id, [FromQuery] Guid? test, CancellationToken cancellationToken)
    {
        if (test is null)
        {
            return RedirectToPage("/Widgets/Connection/Index", new { id });
        }

        return await FindAsync(id, test.Value, cancellationToken) ? await ShowAsync(id, cancellationToken) : NotFound();
    }

    /// <param name="text">What is asked.</param>
    /// <param name="next">Whether the next signing key is tried instead of the present one.</param>
    public async Task<IActionResult> OnPostAsync(Guid id, string? text, bool next, CancellationToken cancellationToken)
    {
        if (await db.Widgets.AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, cancellationToken) is not { } widget)
        {
            return NotFound();
        }

        IsNotConnected = !widget.IsConnected;
        if (!IsNotConnected && (Wait = calls.Take(tenant.Id)) is null)
        {
            var asked = VisitorText.Cut(VisitorText.Clean(text), MaxLength) is { Length: > 0 } said
                ? said
                : "Are you there?";
            await AskAsync(widget, asked, next, cancellationToken);
            if (!Request.WantsFragment)
            {
                return RedirectToPage(new { id, test = Test!.Id });
            }
        }

        return await ShowAsync(id, cancellationToken);
    }

    public async Task<IActionResult> OnPostStopAsync(Guid id, [FromForm] Guid test, CancellationToken cancellationToken)
    {
        await tests.StopAsync(tenant.Id, test, cancellationToken);
        return !await FindAsync(id, test, cancellationToken) ? NotFound()
            : Request.WantsFragment ? await ShowAsync(id, cancellationToken)
            : RedirectToPage(new { id, test });
    }

    private async Task<IActionResult> ShowAsync(Guid id, CancellationToken cancellationToken)
    {
        Id = id;
        if (Request.WantsFragment)
        {
            return Partial("_TestMessageResult", this);
        }

        if (IsRunning)
        {
            // Without JavaScript the page looks again by itself.
            Response.Headers["Refresh"] =
                $"2; url={Url.Page("/Widgets/Connection/TestMessage", new { id, test = Test!.Id })}";
        }

        Head = (await WidgetHead.FindAsync(db, current, id, "Try", clock.GetUtcNow(), cancellationToken))!;
        return Page();
    }

    private async Task AskAsync(Widget widget, string text, bool next, CancellationToken cancellationToken)
    {
        var client = await current.GetAsync(cancellationToken);
        var (message, secret, config) = (Guid.CreateVersion7(), CallbackToken.NewSecret(), widget.Config.Bot);
        var question = new Question(
            message,
            Guid.CreateVersion7(),
            text,
            config.Prompt,
            config.Personality,
            [],
            null,
            null,
            "en",
            new CallbackToken(message, secret).Url(portal),
            widget.Name,
            widget.IsDemo == true,
            "test"
        )
        {
            Client = new(client.Id, client.Business),
        };
        var target = credentials.Target(widget, next);
        await tests.StartAsync(target, question, secret, Sent(target, question), cancellationToken);
        await tests.WaitAsync(message, Request.WantsFragment ? FirstLook : FirstLookWithoutScript, cancellationToken);
        await FindAsync(widget.Id, message, cancellationToken);
    }

    private async Task<bool> FindAsync(Guid widget, Guid test, CancellationToken cancellationToken) =>
        (
            Test = await db
                .WebhookTests.AsNoTracking()
                .SingleOrDefaultAsync(t => t.Id == test && t.WidgetId == widget, cancellationToken)
        )
            is not null;

    // The request as it is sent, without its secrets.
    private string Sent(WebhookTarget target, Question question)
    {
        var url = new Uri(target.Url);
        var authorization = target.Auth switch
        {
            WebhookAuth.Header => $"{target.AuthName}: ••••••••\n",
            WebhookAuth.Basic => "Authorization: Basic ••••••••\n",
            WebhookAuth.Signed => "Authorization: Bearer ••••••••  (signed, ES256)\n",
            _ => "",
        };
        var hidden = question with
        {
            CallbackUrl = new Uri(
                $"{question.CallbackUrl!.GetLeftPart(UriPartial.Authority)}/api/callbacks/one-time-token"
            ),
        };
        using var body = JsonDocument.Parse(WebhookRequest.Body(target.WidgetId, hidden));
        var head =
            $"POST {url.PathAndQuery}\nHost: {url.Authority}\nContent-Type: application/json\n{authorization}webhook-id: {question.MessageId}\n";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{head}webhook-timestamp: {clock.GetUtcNow().ToUnixTimeSeconds()}\n\n{JsonSerializer.Serialize(body, Readable)}"
        );
    }
}
