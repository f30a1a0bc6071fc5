using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Infrastructure;
using Portal.Model;
using Portal.Webhooks;

namespace Portal.Pages.Widgets;

/// <summary>Sends one test message to a widget's workflow and shows what went out and what came back. It is kept nowhere.</summary>
[Authorize("Client")]
public sealed class TryModel(PortalDb db, WidgetCredentials credentials, WebhookClient webhooks, TestCalls calls, Tenant tenant, TimeProvider clock) : PageModel
{
    private const int MaxLength = 500;

    // Nobody waits longer before a page.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // For people's eyes: “é” and not “\u00e9”. Razor encodes it for the page.
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public WidgetHead Head { get; private set; } = null!;
    public Tried? Result { get; private set; }
    public TimeSpan? Wait { get; private set; }

    public IActionResult OnGet(Guid id) => RedirectToPage("/Widgets/Connection", new { id });

    /// <param name="text">What is asked.</param>
    /// <param name="next">Whether the next signing key is tried instead of the present one.</param>
    public async Task<IActionResult> OnPostAsync(Guid id, string? text, bool next, CancellationToken abort)
    {
        if (await db.Widgets.AsNoTracking().SingleOrDefaultAsync(w => w.Id == id, abort) is not { } widget)
        {
            return NotFound();
        }

        Wait = calls.Take(tenant.Id);
        if (Wait is null)
        {
            Result = await AskAsync(widget, VisitorText.Cut(VisitorText.Clean(text), MaxLength) is { Length: > 0 } asked ? asked : "Are you there?", next, abort);
        }

        if (Request.WantsFragment)
        {
            return Partial("_Tried", this);
        }

        Head = (await WidgetHead.FindAsync(db, id, "Try", clock.GetUtcNow(), abort))!;
        return Page();
    }

    private async Task<Tried> AskAsync(Widget widget, string text, bool next, CancellationToken abort)
    {
        var config = widget.Config.Bot;
        var question = new Question(
            Guid.CreateVersion7(), Guid.CreateVersion7(), text, config.Prompt, config.Personality, [], null, null, "en", null, widget.Name, widget.IsDemo == true, "test");
        var target = credentials.Target(widget, next);

        // A pipeline of its own, so that a test after a repair is made also while calls of visitors are paused.
        var outcome = await webhooks.AskAsync(target with { Timeout = (target.Timeout < Patience ? target.Timeout : Patience) - TimeSpan.FromMilliseconds(1) }, question, abort: abort);
        return new(Sent(target, question), outcome);
    }

    // As it goes out, but for what is secret.
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
        using var body = JsonDocument.Parse(WebhookRequest.Body(target.WidgetId, question));
        return string.Create(CultureInfo.InvariantCulture, $"POST {url.PathAndQuery}\nHost: {url.Authority}\nContent-Type: application/json\n{authorization}webhook-id: {question.MessageId}\nwebhook-timestamp: {clock.GetUtcNow().ToUnixTimeSeconds()}\n\n{JsonSerializer.Serialize(body, Readable)}");
    }

    public sealed record Tried(string Sent, WebhookOutcome Outcome);
}
