using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Tests.Api;
using Portal.Webhooks;

namespace Portal.Tests.Chat;

public sealed class JournalTests(PortalApp portal) : IClassFixture<PortalApp>, IAsyncLifetime
{
    private N8n _n8n = null!;

    private Journal Journal => portal.Services.GetRequiredService<Journal>();

    public async ValueTask InitializeAsync() => _n8n = await N8n.StartAsync();

    public async ValueTask DisposeAsync() => await _n8n.DisposeAsync();

    [Fact]
    public async Task Messages_that_come_together_share_their_commits_and_each_finds_its_own_answer()
    {
        var sizes = new ConcurrentBag<int>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "portal.journal.batch.size")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<int>((_, size, _, _) => sizes.Add(size));
        meters.Start();
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guests = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => portal.Guest(shop).OpenAsync()));

        await Task.WhenAll(
            guests.Select(
                async (guest, i) =>
                {
                    for (var turn = 0; turn < 3; turn++)
                    {
                        var reply = await guest.AskAsync($"Guest {i}, turn {turn}");
                        Assert.Equal($"You asked: Guest {i}, turn {turn}", reply.GetProperty("response").GetString());
                    }
                }
            )
        );

        Assert.Contains(sizes, size => size > 1);
        var sessions = await portal.As(shop.ClientId, db =>
            db.VisitorSessions.Where(s => s.WidgetId == shop.Id).ToListAsync()
        );
        Assert.Equal(40, sessions.Count);
        Assert.All(sessions, session => Assert.Equal(3, session.MessageCount));
        Assert.All(sessions, session => Assert.EndsWith("turn 0", session.FirstMessage, StringComparison.Ordinal));
        Assert.Equal(
            120,
            await portal.As(shop.ClientId, db =>
                db.ChatLogs.CountAsync(l => l.WidgetId == shop.Id && l.Status == ChatStatus.Answered)
            )
        );
    }

    [Fact]
    public async Task A_message_that_the_database_refuses_does_not_take_its_neighbors_along()
    {
        var (shop, sessions) = await SessionsAsync(9);
        var messages = sessions
            .Select((session, i) => Message(shop, session, i == 4 ? "half an emoji and \0" : $"Question {i}"))
            .ToList();

        var claims = await Task.WhenAll(
            messages.Select(async message =>
                await Record.ExceptionAsync(() => Journal.ClaimAsync(message, isAlive: false, default))
            )
        );

        Assert.IsType<PostgresException>(claims[4]);
        Assert.All(claims.Where((_, i) => i != 4), Assert.Null);
        Assert.Equal(8, await portal.As(shop.ClientId, db => db.ChatLogs.CountAsync(l => l.WidgetId == shop.Id)));
    }

    [Fact]
    public async Task The_same_message_sent_fifty_times_at_once_is_asked_once()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        var id = Guid.CreateVersion7();

        var replies = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => guest.AskAsync("Once?", id)));

        Assert.Single(replies.Select(reply => reply.GetProperty("id").GetString()).Distinct());
        Assert.Single(_n8n.Asked);
        Assert.Equal(1, await portal.As(shop.ClientId, db => db.ChatLogs.CountAsync(l => l.WidgetId == shop.Id)));
    }

    [Fact]
    public async Task A_conversation_whose_row_is_held_keeps_nobody_else_waiting()
    {
        var (shop, sessions) = await SessionsAsync(2);
        await using var holder = await HoldAsync(sessions[0]);
        var held = Journal.ClaimAsync(Message(shop, sessions[0], "I have to wait."), isAlive: false, default);

        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<MessageClaim.Acquired>(
                await Journal.ClaimAsync(Message(shop, sessions[1], $"I need not {i}."), isAlive: false, default)
            );
        }

        Assert.False(held.IsCompleted);
        await holder.DisposeAsync();
        Assert.IsType<MessageClaim.Acquired>(await held);
    }

    [Fact]
    public async Task A_message_that_cannot_be_written_is_refused_within_seconds_and_its_bot_not_asked()
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guest = await portal.Guest(shop).OpenAsync();
        await using var holder = await HoldAsync(guest.Session.GetProperty("sessionId").GetGuid());

        using var response = await guest.TryAskAsync("Are you there?");

        Assert.Equal("unavailable", await Guest.CodeAsync(response));
        Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        Assert.Empty(_n8n.Asked);
    }

    [Fact]
    public async Task What_is_streamed_is_kept_and_the_answer_replaces_it()
    {
        var (shop, sessions) = await SessionsAsync(1);
        var claim = Assert.IsType<MessageClaim.Acquired>(
            await Journal.ClaimAsync(Message(shop, sessions[0], "Tell me all."), isAlive: false, default)
        );

        await Journal.SavePartialAsync(claim, "It was", default);
        await Journal.SavePartialAsync(claim, "It was a", default);
        var partial = await RowAsync();
        Assert.True(
            await Journal.AnswerAsync(claim, new WebhookOutcome.Answered("It was a dark night.", 0.7, [], []), default)
        );
        await Journal.SavePartialAsync(claim, "It was a dark", default);
        var row = await RowAsync();

        Assert.Equal((ChatStatus.Pending, "It was a"), (partial.Status, partial.PartialResponse));
        Assert.Equal(
            (ChatStatus.Answered, "It was a dark night.", null),
            (row.Status, row.Response, row.PartialResponse)
        );
        Assert.False(await Journal.AnswerAsync(claim, new WebhookOutcome.Answered("Another.", 0.7, [], []), default));

        Task<ChatLog> RowAsync() =>
            portal.As(shop.ClientId, db => db.ChatLogs.AsNoTracking().SingleAsync(l => l.WidgetId == shop.Id));
    }

    [Fact]
    public async Task A_row_that_is_none_of_its_own_does_not_stop_the_writer()
    {
        var (shop, sessions) = await SessionsAsync(5);
        await using var owner = NpgsqlDataSource.Create(
            portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!
        );
        await ExecuteAsync(
            """
            CREATE FUNCTION other_id() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.message = 'Who am I?' THEN NEW.id = gen_random_uuid(); END IF; RETURN NEW; END $$;
            CREATE TRIGGER other_id BEFORE INSERT ON chat_logs FOR EACH ROW EXECUTE FUNCTION other_id();
            """
        );
        try
        {
            var messages = sessions
                .Select((session, i) => Message(shop, session, i == 2 ? "Who am I?" : $"Question {i}"))
                .ToList();
            var claims = await Task.WhenAll(
                    messages.Select(async message =>
                        await Record.ExceptionAsync(() => Journal.ClaimAsync(message, isAlive: false, default))
                    )
                )
                .Patiently();

            // The batch fails, and each goes by itself: the one whose id was changed finds that its message stands
            // already.
            Assert.All(claims, Assert.Null);
            Assert.Equal(
                5,
                await portal.As(shop.ClientId, db => db.ChatLogs.CountAsync(log => log.WidgetId == shop.Id))
            );
        }
        finally
        {
            await ExecuteAsync("DROP TRIGGER other_id ON chat_logs; DROP FUNCTION other_id()");
        }

        async Task ExecuteAsync(string sql)
        {
            await using var command = owner.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task What_is_written_for_all_is_no_part_of_the_trace_of_whoever_came_first()
    {
        var (shop, sessions) = await SessionsAsync(1);
        var traced = new ConcurrentBag<ActivityTraceId>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity => traced.Add(activity.TraceId),
        };
        ActivitySource.AddActivityListener(listener);
        using var visitor = new Activity("a visitor's request").Start();

        await Journal.ClaimAsync(Message(shop, sessions[0], "Who pays?"), isAlive: false, default);

        Assert.Same(visitor, Activity.Current);
        Assert.NotEmpty(traced);
        Assert.DoesNotContain(visitor.TraceId, traced);
    }

    private async Task<(Shop Shop, IReadOnlyList<Guid> Sessions)> SessionsAsync(int count)
    {
        var shop = await portal.NewWidgetAsync(_n8n.Url);
        var guests = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => portal.Guest(shop).OpenAsync()));
        return (shop, [.. guests.Select(guest => guest.Session.GetProperty("sessionId").GetGuid())]);
    }

    private static NewMessage Message(Shop shop, Guid session, string text) =>
        new(
            Guid.CreateVersion7(),
            shop.Id,
            session,
            1,
            Guid.CreateVersion7(),
            text,
            null,
            null,
            TimeSpan.FromSeconds(90),
            CallbackToken.NewSecret()
        );

    private async Task<NpgsqlConnection> HoldAsync(Guid session)
    {
        var holder = await portal.Services.GetRequiredService<Portal.Data.Databases>().Jobs.OpenConnectionAsync();
        await using var hold = new NpgsqlCommand(
            $"BEGIN; SELECT id FROM visitor_sessions WHERE id = '{session}' FOR UPDATE",
            holder
        );
        await hold.ExecuteNonQueryAsync();
        return holder;
    }
}
