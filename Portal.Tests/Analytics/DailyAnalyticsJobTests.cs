using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Analytics;
using Portal.Audit;
using Portal.Data;
using Portal.Tests.Api;
using Portal.Tests.Data;
using Portal.Tests.Pages;

namespace Portal.Tests.Analytics;

public sealed class DailyAnalyticsJobTests(PortalApp portal) : IClassFixture<PortalApp>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Fact]
    public async Task A_day_is_counted_by_the_clients_own_clock()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.LiveInAsync(shop, "Europe/Berlin");
        await portal.HadAsync(
            shop,
            new("Before midnight", At("2026-03-02T22:59:59Z")) { Confidence = 0.5, Feedback = "up" }
        );
        await portal.HadAsync(shop, new("After midnight", At("2026-03-02T23:00:00Z")) { Confidence = 0.9 });
        await portal.HadAsync(
            shop,
            new("Not answered", At("2026-03-03T12:00:00Z"))
            {
                Confidence = 0.3,
                Status = "failed",
                Feedback = "down",
            }
        );
        await portal.HadAsync(shop, new("From the portal", At("2026-03-03T12:00:00Z")) { Kind = "test" });

        await CountAsync();

        Assert.Equal(
            [
                "2026-03-02: 1 chats, 0 failed, confidence 0.50 of 1, +1 -0",
                "2026-03-03: 2 chats, 1 failed, confidence 0.60 of 2, +0 -1",
            ],
            await DaysAsync(shop)
        );
    }

    [Fact]
    public async Task What_was_stopped_or_empty_is_neither_answered_nor_failed()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        foreach (
            var (status, at) in new[]
            {
                ("answered", "10:00"),
                ("answered", "11:00"),
                ("failed", "12:00"),
                ("stopped", "13:00"),
                ("empty", "14:00"),
            }
        )
        {
            await portal.HadAsync(
                shop,
                new($"Was {status}", At($"2026-03-02T{at}:00Z")) { Status = status, Confidence = null }
            );
        }

        await CountAsync();
        Assert.Equal(["5: 2 and 1"], await OutcomesAsync());

        // Of a message that has gone its outcome stays counted, in whatever zone.
        await ExecuteAsync(
            "DELETE FROM chat_logs WHERE widget_id = $1 AND message IN ('Was answered', 'Was empty')",
            shop.Id
        );
        await portal.LiveInAsync(shop, "Asia/Tokyo");
        await CountAsync();
        Assert.Equal(["5: 2 and 1"], await OutcomesAsync());

        Task<List<string>> OutcomesAsync() =>
            ReadAsync(
                "SELECT format('%s: %s and %s', sum(num_chats), sum(num_answered), sum(num_failed)) FROM analytics WHERE widget_id = $1",
                shop.Id
            );
    }

    [Fact]
    public async Task Counting_twice_or_at_once_changes_nothing()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        for (var i = 0; i < 5; i++)
        {
            await portal.HadAsync(shop, new($"Question {i}", At("2026-03-02T10:00:00Z").AddMinutes(i)));
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => CountAsync()));
        var once = await DaysAsync(shop);
        await CountAsync();

        Assert.Equal(["2026-03-02: 5 chats, 0 failed, confidence 0.90 of 5, +0 -0"], once);
        Assert.Equal(once, await DaysAsync(shop));
    }

    [Fact]
    public async Task A_day_whose_messages_were_all_counted_is_not_made_again()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("First", DateTimeOffset.UtcNow));
        await CountAsync();

        await new SearchIndexJob(Databases.OpenJobsDb()).RunAsync(new(), default);
        var due = await ReadAsync("SELECT date::text FROM analytics_due WHERE widget_id = $1", shop.Id);
        await portal.HadAsync(shop, new("Second", DateTimeOffset.UtcNow));
        await new SearchIndexJob(Databases.OpenJobsDb()).RunAsync(new(), default);

        Assert.Empty(due);
        Assert.Single(await ReadAsync("SELECT date::text FROM analytics_due WHERE widget_id = $1", shop.Id));
    }

    [Fact]
    public async Task A_message_that_comes_while_its_day_is_counted_makes_it_due_again()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("First", At("2026-03-02T10:00:00Z")));
        await new SearchIndexJob(Databases.OpenJobsDb()).RunAsync(new(), default);

        // Somebody counts the day, and has not seen what is said now.
        await using var counting = await Databases.Jobs.OpenConnectionAsync();
        await using var transaction = await counting.BeginTransactionAsync();
        await OnAsync("SELECT FROM analytics_due WHERE widget_id = $1 FOR UPDATE");
        await portal.HadAsync(shop, new("Second", At("2026-03-02T11:00:00Z")));
        var reading = new SearchIndexJob(Databases.OpenJobsDb()).RunAsync(new(), default);
        await Timeouts.UntilAsync(async () =>
            (
                await ReadAsync(
                    "SELECT pid::text FROM pg_locks WHERE NOT granted AND $1 = ANY (pg_blocking_pids(pid))",
                    counting.ProcessID
                )
            ).Count > 0
        );
        await OnAsync("DELETE FROM analytics_due WHERE widget_id = $1");
        await transaction.CommitAsync();
        await reading.Patiently();

        await new DailyAnalyticsJob(Databases.OpenJobsDb()).RunAsync(new(), default);
        Assert.Equal(["2026-03-02: 2 chats, 0 failed, confidence 0.90 of 2, +0 -0"], await DaysAsync(shop));

        async Task OnAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, counting, transaction)
            {
                Parameters = { new() { Value = shop.Id } },
            };
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task A_late_thumb_is_counted_on_the_day_of_its_message()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("Was that good?", At("2026-03-02T10:00:00Z")));
        await CountAsync();

        await ExecuteAsync("UPDATE chat_logs SET feedback = 'down', feedback_at = now() WHERE widget_id = $1", shop.Id);
        await CountAsync();

        Assert.Equal(["2026-03-02: 1 chats, 0 failed, confidence 0.90 of 1, +0 -1"], await DaysAsync(shop));
    }

    [Fact]
    public async Task Retention_does_not_shrink_a_day()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("One", At("2026-03-02T10:00:00Z")));
        var kept = await portal.HadAsync(shop, new("Two", At("2026-03-02T11:00:00Z")));
        await CountAsync();

        await ExecuteAsync("DELETE FROM visitor_sessions WHERE widget_id = $1 AND first_message = 'One'", shop.Id);
        await ExecuteAsync("UPDATE chat_logs SET feedback_at = now() WHERE session_id = $1", kept);
        await CountAsync();

        Assert.Equal(["2026-03-02: 2 chats, 0 failed, confidence 0.90 of 2, +0 -0"], await DaysAsync(shop));
        Assert.Equal(["Two: 1"], await QuestionsAsync(shop));
    }

    [Fact]
    public async Task The_same_question_in_other_words_is_one_question()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var at = At("2026-03-02T10:00:00Z");
        foreach (
            var question in new[]
            {
                "Wann öffnen Sie?",
                "wann öffnet ihr",
                "Wann oeffnen Sie",
                "Kann ich ein Sofa zurückgeben?",
                "Ein Sofa zurückgeben",
                "Kann ich das Sofa zurückgeben???",
                "Habt ihr Betten?",
            }
        )
        {
            await portal.HadAsync(shop, new(question, at = at.AddMinutes(1)));
        }

        await CountAsync();

        var questions = await QuestionsAsync(shop);
        Assert.Equal(3, questions.Count);
        Assert.Contains(questions, question =>
            question.Contains("Sofa", StringComparison.Ordinal) && question.EndsWith(": 3", StringComparison.Ordinal)
        );
        Assert.Contains(questions, question =>
            question.StartsWith("Wann", StringComparison.OrdinalIgnoreCase)
            && question.EndsWith(": 3", StringComparison.Ordinal)
        );
        Assert.Contains("Habt ihr Betten?: 1", questions);
    }

    [Fact]
    public async Task Another_time_zone_cuts_the_same_messages_into_other_days()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.HadAsync(shop, new("The first day stays as it was", At("2026-03-01T12:00:00Z")));
        await portal.HadAsync(shop, new("Late", At("2026-03-03T23:30:00Z")));
        await CountAsync();

        await portal.LiveInAsync(shop, "Europe/Berlin");
        await CountAsync();

        Assert.Equal(["2026-03-01", "2026-03-04"], (await DaysAsync(shop)).Select(day => day[..10]));
    }

    [Fact]
    public async Task No_message_is_lost_or_counted_twice_when_the_client_moves_around_the_world()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.LiveInAsync(shop, "Europe/Berlin");
        await HourlyAsync(shop);
        await CountAsync();

        foreach (
            var zone in new[]
            {
                "America/New_York",
                "Asia/Tokyo",
                "Pacific/Kiritimati",
                "Pacific/Pago_Pago",
                "Europe/Berlin",
            }
        )
        {
            await portal.LiveInAsync(shop, zone);
            await CountAsync();
            Assert.Equal(72, await SumAsync(shop));
        }
    }

    [Fact]
    public async Task What_was_deleted_since_it_was_counted_stays_counted_in_the_new_zone()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.LiveInAsync(shop, "Europe/Berlin");
        await HourlyAsync(shop);
        await ExecuteAsync(
            "INSERT INTO analytics (widget_id, date, num_chats, avg_confidence, most_common_questions) VALUES ($1, '2025-12-24', 5, 0.9, '[\"By hand\"]')",
            shop.Id
        );
        await CountAsync();
        await ExecuteAsync(
            "DELETE FROM chat_logs WHERE widget_id = $1 AND (created_at < '2026-03-10T07:00:00Z' OR created_at = '2026-03-11T12:00:00Z')",
            shop.Id
        );

        foreach (var zone in new[] { "America/New_York", "Asia/Tokyo" })
        {
            await portal.LiveInAsync(shop, zone);
            await CountAsync();
            Assert.Equal(77, await SumAsync(shop));
        }

        Assert.Contains("2025-12-24: 5 chats, 0 failed, confidence 0.90 of 0, +0 -0", await DaysAsync(shop));
        Assert.Contains(
            "By hand",
            string.Join(
                '|',
                await ReadAsync(
                    "SELECT most_common_questions::text FROM analytics WHERE widget_id = $1 ORDER BY date LIMIT 1",
                    shop.Id
                )
            ),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_same_text_is_one_question_whatever_language_the_browsers_speak()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        foreach (
            var (locale, day, times) in new[]
            {
                ("en-US", "2026-03-02", 3),
                ("de-DE", "2026-03-02", 2),
                ("de-DE", "2026-03-03", 2),
                ("fr", "2026-03-04", 2),
                ("en-US", "2026-03-05", 4),
            }
        )
        {
            for (var n = 0; n < times; n++)
            {
                await portal.HadAsync(
                    shop,
                    new("Wo sind die Lampen und the orders?", At($"{day}T12:00:00Z")) { Locale = locale }
                );
            }
        }

        await portal.HadAsync(shop, new("Do you deliver on Saturdays?", At("2026-03-05T12:00:00Z")));
        await CountAsync();

        var top = await portal.As(shop.ClientId, db =>
            db.TopQuestions(null, new(2026, 3, 1), new(2026, 3, 31), 10).ToListAsync()
        );
        Assert.Equal(
            [("Wo sind die Lampen und the orders?", 13), ("Do you deliver on Saturdays?", 1)],
            top.OrderByDescending(question => question.Times)
                .Select(question => (question.Question, (int)question.Times))
        );
        top = await portal.As(shop.ClientId, db =>
            db.TopQuestions(shop.Id, new(2026, 3, 1), new(2026, 3, 31), 10).ToListAsync()
        );
        Assert.Equal(13, top.Max(question => question.Times));
    }

    // Santiago's spring day has no midnight, Havana's autumn day has two, Lord Howe moves by half an hour, Apia skipped
    // a day long ago.
    [Theory]
    [InlineData("America/Santiago", "2026-09-04T00:00:00Z")]
    [InlineData("America/Havana", "2026-10-30T00:00:00Z")]
    [InlineData("Australia/Lord_Howe", "2026-04-03T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-23T00:00:00Z")]
    [InlineData("Pacific/Apia", "2026-04-03T00:00:00Z")]
    public async Task Every_message_is_counted_once_whatever_the_clocks_do(string zone, string from)
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        await portal.LiveInAsync(shop, zone);
        await ExecuteAsync(
            "INSERT INTO chat_logs (widget_id, message, response, created_at) SELECT $1, 'q', 'a', $2 + n * interval '30 minutes' FROM generate_series(0, 239) AS n",
            shop.Id,
            At(from)
        );

        await CountAsync();

        Assert.Equal(240, (await DaysAsync(shop)).Sum(day => int.Parse(day.Split(' ')[1], null)));
        var tz = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var byPages = Enumerable
            .Range(0, 240)
            .Select(n => Portal.Model.ClientDay.Of(At(from).AddMinutes(30 * n), tz).Date)
            .GroupBy(date => date)
            .Select(day => $"{day.Key:yyyy-MM-dd}: {day.Count()} chats");
        Assert.Equal(byPages, (await DaysAsync(shop)).Select(day => day[..day.IndexOf(',', StringComparison.Ordinal)]));
    }

    private Task HourlyAsync(Shop shop) =>
        ExecuteAsync(
            "INSERT INTO chat_logs (widget_id, message, response, created_at) SELECT $1, 'q' || n, 'a', timestamptz '2026-03-10T00:30:00Z' + n * interval '1 hour' FROM generate_series(0, 71) AS n",
            shop.Id
        );

    private async Task<int> SumAsync(Shop shop) =>
        int.Parse(
            (await ReadAsync("SELECT sum(num_chats)::text FROM analytics WHERE widget_id = $1", shop.Id)).Single(),
            null
        );

    private Portal.Data.Databases Databases => portal.Services.GetRequiredService<Portal.Data.Databases>();

    private async Task CountAsync()
    {
        await new SearchIndexJob(Databases.OpenJobsDb()).RunAsync(new(), default);
        await new DailyAnalyticsJob(Databases.OpenJobsDb()).RunAsync(new(), default);
    }

    private Task<List<string>> DaysAsync(Shop shop) =>
        ReadAsync(
            """
            SELECT format('%s: %s chats, %s failed, confidence %s of %s, +%s -%s', date, num_chats, num_failed, to_char(avg_confidence, 'FM0.00'), num_confidence, positive_feedback, negative_feedback)
            FROM analytics WHERE widget_id = $1 ORDER BY date
            """,
            shop.Id
        );

    private Task<List<string>> QuestionsAsync(Shop shop) =>
        ReadAsync(
            "SELECT (q ->> 'question') || ': ' || (q ->> 'count') FROM analytics, jsonb_array_elements(most_common_questions) WITH ORDINALITY AS e(q, n) WHERE widget_id = $1 ORDER BY date, n",
            shop.Id
        );

    private async Task<List<string>> ReadAsync(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return lines;
    }

    private async Task ExecuteAsync(string sql, params object[] values)
    {
        await using var command = Command(sql, values);
        await command.ExecuteNonQueryAsync();
    }

    private NpgsqlCommand Command(string sql, object[] values)
    {
        var command = Databases.Jobs.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.AddWithValue(value);
        }

        return command;
    }

    private static DateTimeOffset At(string iso) =>
        DateTimeOffset.Parse(iso, System.Globalization.CultureInfo.InvariantCulture);
}
