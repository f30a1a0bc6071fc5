using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Analytics;
using Portal.Audit;
using Portal.Tests.Api;
using Portal.Tests.Data;

namespace Portal.Tests.Pages;

/// <summary>Rows that a customer writes by SQL, with no column but those of the specification.</summary>
public sealed class HandWrittenTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task Messages_written_by_hand_are_listed_found_read_exported_counted_and_erased()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await portal.ExecuteAsync(
            $"""
            INSERT INTO chat_logs (widget_id, user_id, message, response, confidence, feedback, created_at) VALUES
                ('{shop.Id}', 'session-1', 'And by train?', 'Line 4.', 0.3, 'down', '2026-11-20 10:05Z'),
                ('{shop.Id}', 'session-1', 'Where is the showroom?', 'At the harbour.', 0.9, 'up', '2026-11-20 10:00Z'),
                ('{shop.Id}', 'session-1', 'A day later?', 'Open as well.', NULL, NULL, '2026-11-21 10:00Z');
            INSERT INTO chat_logs (widget_id, message, response) VALUES ('{shop.Id}', 'Who am I?', '');
            """
        );
        await CountAsync();

        await owner.OpenAsync("/conversations");
        Assert.Equal(
            ["Who am I?", "A day later?", "Where is the showroom?"],
            await portal.As(shop.ClientId, db =>
                db.VisitorSessions.OrderByDescending(s => s.LastMessageAt).Select(s => s.FirstMessage).ToListAsync()
            )
        );
        foreach (var question in new[] { "Who am I?", "A day later?", "Where is the showroom?" })
        {
            Assert.Contains(question, owner.Text(".conv-list"), StringComparison.Ordinal);
        }

        await owner.OpenAsync("/conversations?q=harbour&feedback=down&unsure=true");
        Assert.Contains("Line 4.", owner.Text("main"), StringComparison.Ordinal);
        Assert.Contains("None (imported)", owner.Text("#details"), StringComparison.Ordinal);
        await owner.OpenAsync("/conversations/export");
        Assert.Equal(
            4,
            new[] { "And by train?", "Where is the showroom?", "A day later?", "Who am I?" }.Count(question =>
                owner.Body.Contains(question, StringComparison.Ordinal)
            )
        );
        await owner.OpenAsync("/analytics?from=2026-11-20&to=2026-11-20");
        Assert.Contains("Where is the showroom?", owner.Text("main"), StringComparison.Ordinal);
        var day = await portal.As(shop.ClientId, db =>
            db.Analytics.SingleAsync(a => a.Date == new DateOnly(2026, 11, 20))
        );
        Assert.Equal(
            (2, 1, 1, 1, 0.6),
            (
                day.NumChats,
                day.NumConversations,
                day.PositiveFeedback,
                day.NegativeFeedback,
                Math.Round(day.AvgConfidence!.Value, 3)
            )
        );

        var first = await portal.As(shop.ClientId, db => db.VisitorSessions.SingleAsync(s => s.MessageCount == 2));
        await owner.OpenAsync($"/conversations/{first.Id}/erase");
        await owner.SubmitAsync("main form");
        Assert.Equal(
            ["Who am I?"],
            await portal.As(shop.ClientId, db => db.ChatLogs.Select(log => log.Message).ToListAsync())
        );
    }

    [Fact]
    public async Task Whatever_the_columns_take_no_page_falls_over_it()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await portal.ExecuteAsync(
            $"""
            INSERT INTO chat_logs (widget_id, user_id, message, response, confidence, feedback, created_at) VALUES
                ('{shop.Id}', NULL, '', '', NULL, NULL, NULL),
                ('{shop.Id}', '', '<script>alert(1)</script>', E'\n\t', 87, 'thumbs up', NULL),
                ('{shop.Id}', repeat('x', 3000), repeat('long ', 20000), repeat('answer ', 20000), -1, 'positive', now()),
                ('{shop.Id}', E'\\d''"', '=1+1', '@SUM(A1)', 'NaN', '', '1970-01-01Z'),
                ('{shop.Id}', 'later', 'From the future', 'Yes', 'Infinity', 'up', now() + interval '2 days');
            INSERT INTO analytics (widget_id, date, num_chats, avg_confidence, positive_feedback, negative_feedback, most_common_questions) VALUES
                ('{shop.Id}', '2026-11-02', NULL, NULL, NULL, NULL, NULL),
                ('{shop.Id}', '2026-11-03', 7, 0.5, 3, 1, '["What time?", 7, null, 0.5]'),
                ('{shop.Id}', '2026-11-04', 7, 'NaN', 3, 1, '"one"'),
                ('{shop.Id}', '2026-11-05', 2, 0.4, 3, 1, '[{'{'}"question": "How much?", "count": "many"{'}'}]');
            INSERT INTO webhook_errors (widget_id, error_type, error_message, occurred_at) VALUES
                ('{shop.Id}', NULL, NULL, NULL), ('{shop.Id}', '500', 'Internal', now()), ('{shop.Id}', 'unreachable', repeat('e', 100000), now());
            """
        );
        await CountAsync();

        var conversations = await portal.As(shop.ClientId, db => db.VisitorSessions.Select(s => s.Id).ToListAsync());
        Assert.Equal(5, conversations.Count);
        string[] pages =
        [
            "/dashboard",
            "/conversations",
            "/conversations?q=answer",
            "/conversations?unsure=true",
            "/conversations/export",
            "/analytics",
            "/analytics?days=366",
            "/analytics/export",
            "/errors",
            $"/errors?widget={shop.Id}",
            "/widgets",
            $"/widgets/{shop.Id}/connection",
            $"/widgets/{shop.Id}/install",
            .. conversations.Select(id => $"/conversations/{id}"),
        ];
        foreach (var page in pages)
        {
            await owner.OpenAsync(page);
            Assert.True(owner.Status == HttpStatusCode.OK, $"{page} answered {owner.Status}.");
        }
    }

    [Fact]
    public async Task A_thumb_set_by_hand_counts_on_the_message_the_conversation_and_the_day_and_an_import_run_twice_counts_once()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var id = Guid.NewGuid();
        var import =
            $"INSERT INTO chat_logs (id, widget_id, user_id, message, response, created_at) VALUES ('{id}', '{shop.Id}', 'anna', 'Open?', 'Yes.', '2026-11-20 10:00Z') ON CONFLICT (id) DO NOTHING";
        await portal.ExecuteAsync(import);
        await portal.ExecuteAsync(import);
        await CountAsync();

        await portal.ExecuteAsync($"UPDATE chat_logs SET feedback = 'up' WHERE id = '{id}'");
        await CountAsync();

        var conversation = await portal.As(shop.ClientId, db => db.VisitorSessions.SingleAsync());
        Assert.Equal((1, 1, 0), (conversation.MessageCount, conversation.UpCount, conversation.DownCount));
        Assert.Equal(
            1,
            await portal.As(shop.ClientId, db => db.Analytics.Select(day => day.PositiveFeedback).SingleAsync())
        );
        await portal.ExecuteAsync($"UPDATE chat_logs SET feedback = 'down' WHERE id = '{id}'");
        conversation = await portal.As(shop.ClientId, db => db.VisitorSessions.SingleAsync());
        Assert.Equal((1, 0, 1), (conversation.MessageCount, conversation.UpCount, conversation.DownCount));
    }

    private Task<int> CountAsync() =>
        portal.With(
            async (Portal.Data.Databases databases) =>
            {
                await new SearchIndexJob(databases.OpenJobsDb()).RunAsync(new(), default);
                await new DailyAnalyticsJob(databases.OpenJobsDb()).RunAsync(new(), default);
                return 0;
            }
        );
}
