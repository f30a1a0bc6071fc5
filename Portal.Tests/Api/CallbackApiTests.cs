using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Model;

namespace Portal.Tests.Api;

public sealed class CallbackApiTests(PortalApp portal) : IClassFixture<PortalApp>, IAsyncLifetime
{
    private N8n _n8n = null!;

    public async Task InitializeAsync() => _n8n = await N8n.StartAsync();

    public async Task DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task An_answer_that_comes_later_reaches_the_waiting_visitor_once()
    {
        var shop = await AnswersLaterAsync();
        var asked = new TaskCompletionSource<Uri>();
        _n8n.Workflow = async (context, body) =>
        {
            await N8n.SayAsync(context, new { message = "Workflow was started" });
            asked.SetResult(new Uri(body.GetProperty("callbackUrl").GetString()!));
        };
        var guest = await portal.Guest(shop).OpenAsync();

        var asking = guest.AskAsync("Take your time?");
        var callback = await asked.Task.Patiently();
        using var first = await portal.Http.PostAsJsonAsync(callback, new { output = "It took a while.", confidence = 0.9 });
        using var second = await portal.Http.PostAsJsonAsync(callback, new { output = "Once more." });

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal("callback_not_found", await Guest.CodeAsync(second));
        var reply = await asking;
        Assert.Equal(("answered", "It took a while."), (reply.GetProperty("status").GetString(), reply.GetProperty("response").GetString()));
        var log = await portal.As(shop.ClientId, db => db.ChatLogs.SingleAsync(l => l.WidgetId == shop.Id));
        Assert.Equal((ChatStatus.Answered, 0.9), (log.Status, log.Confidence));
    }

    [Fact]
    public async Task A_callback_that_nobody_was_given_is_refused()
    {
        using var response = await portal.Http.PostAsJsonAsync($"/api/callbacks/{new string('A', 43)}", new { output = "Guessed." });

        Assert.Equal("callback_not_found", await Guest.CodeAsync(response));
    }

    private async Task<Shop> AnswersLaterAsync()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        await using var command = portal.Services.GetRequiredService<Portal.Infrastructure.Databases>().Jobs
            .CreateCommand("UPDATE widgets SET answers_later = true WHERE id = $1");
        command.Parameters.AddWithValue(shop.Id);
        await command.ExecuteNonQueryAsync();
        return shop;
    }
}
