using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Chat;
using Portal.Demos;
using Portal.Model;
using Portal.Tests.Api;

namespace Portal.Tests.Demos;

/// <summary>That a demo's cap counts what came into the log, once each.</summary>
public sealed class DemoAccessTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private DemoAccess Gate => portal.Services.GetRequiredService<DemoAccess>();

    [Fact]
    public async Task A_message_that_is_sent_again_while_the_journal_is_away_is_counted_once()
    {
        var (widget, session) = await DemoAsync(cap: 2);
        var first = Message(widget, session);

        Assert.True(await Gate.TakeAsync(widget, first, default));
        // The journal refused it, and the visitor's widget comes again with the same message.
        var again = first with { Id = Guid.CreateVersion7() };
        Assert.True(await Gate.TakeAsync(widget, again, default));
        Assert.Equal(1, await CountAsync(widget));

        await WrittenAsync(widget, again);
        await Gate.SettleAsync(widget, again);
        Assert.True(await Gate.TakeAsync(widget, first with { Id = Guid.CreateVersion7() }, default));
        Assert.Equal(1, await CountAsync(widget));
    }

    [Fact]
    public async Task The_same_message_many_times_at_once_is_counted_once()
    {
        var (widget, session) = await DemoAsync(cap: 3);
        var one = Message(widget, session);
        var all = Enumerable.Range(0, 20).Select(_ => one with { Id = Guid.CreateVersion7() }).ToList();

        Assert.All(await Task.WhenAll(all.Select(message => Gate.TakeAsync(widget, message, default))), Assert.True);
        await WrittenAsync(widget, all[7]);
        await Task.WhenAll(all.Select(message => Gate.SettleAsync(widget, message)));

        Assert.Equal(1, await CountAsync(widget));
    }

    [Fact]
    public async Task A_message_that_came_in_on_another_replica_a_moment_before_is_given_back_here()
    {
        var replica = await portal.OtherAsync();
        var there = replica.Services.GetRequiredService<DemoAccess>();
        var (widget, session) = await DemoAsync(cap: 3);
        var here = Message(widget, session);
        var same = here with { Id = Guid.CreateVersion7() };

        await Task.WhenAll(Gate.TakeAsync(widget, here, default), there.TakeAsync(widget, same, default));
        await WrittenAsync(widget, same);
        await Gate.SettleAsync(widget, here);
        await there.SettleAsync(widget, same);

        Assert.Equal(1, await CountAsync(widget));
    }

    [Fact]
    public async Task A_message_of_a_conversation_that_is_over_uses_up_nothing()
    {
        var (widget, session) = await DemoAsync(cap: 1);
        for (var i = 0; i < 3; i++)
        {
            var message = Message(widget, session);
            Assert.True(await Gate.TakeAsync(widget, message, default));
            await Gate.SettleAsync(widget, message);
        }

        Assert.Equal(0, await CountAsync(widget));
    }

    [Fact]
    public async Task The_cap_holds_while_what_was_taken_is_not_settled()
    {
        var (widget, session) = await DemoAsync(cap: 5);

        var taken = await Task.WhenAll(
            Enumerable.Range(0, 15).Select(_ => Gate.TakeAsync(widget, Message(widget, session), default))
        );

        Assert.Equal(5, taken.Count(isTaken => isTaken));
    }

    private async Task<(LiveWidget Widget, Guid Session)> DemoAsync(int cap)
    {
        var shop = await portal.NewWidgetAsync("https://n8n.example.com/webhook/demo");
        var link = new DemoLink(
            shop.Id,
            "Northwind Dental",
            DemoLink.NewToken(),
            "sealed",
            cap,
            Guid.CreateVersion7(),
            "Maya",
            DateTimeOffset.UtcNow
        );
        var session = new VisitorSession
        {
            WidgetId = shop.Id,
            VisitorId = "visitor",
            Kind = SessionKind.Demo,
            Origin = "",
            RotatedAt = DateTimeOffset.UtcNow,
            LastSeenAt = DateTimeOffset.UtcNow,
            ExpiresAt = DateTimeOffset.UtcNow.AddDays(1),
        };
        await portal.As(shop.ClientId, db =>
        {
            db.AddRange(link, session);
            return db.SaveChangesAsync();
        });
        var widget = (await portal.Services.GetRequiredService<WidgetDirectory>().FindAsync(shop.Id, default))!;
        return (widget with { Demo = new(link.Id, null) }, session.Id);
    }

    private static NewMessage Message(LiveWidget widget, Guid session) =>
        new(
            Guid.CreateVersion7(),
            widget.Id,
            session,
            1,
            Guid.CreateVersion7(),
            "Hello?",
            null,
            null,
            TimeSpan.FromSeconds(90),
            CallbackToken.NewSecret()
        );

    private async Task WrittenAsync(LiveWidget widget, NewMessage message) =>
        Assert.IsType<MessageClaim.Acquired>(
            await portal.Services.GetRequiredService<Journal>().ClaimAsync(message, isAlive: false, default)
        );

    private Task<int> CountAsync(LiveWidget widget) =>
        portal.As(widget.ClientId, db =>
            db.DemoLinks.Where(link => link.WidgetId == widget.Id).Select(link => link.Messages).SingleAsync()
        );
}
