using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Chat;
using Portal.Limits;

namespace Portal.Tests.Chat;

public sealed class VisitorLimitsTests
{
    [Theory]
    [InlineData(1, 60)]
    [InlineData(59, 60)]
    [InlineData(100, 60)]
    [InlineData(119, 60)]
    [InlineData(300, 60)]
    [InlineData(6_001, 60)]
    [InlineData(1_000_000, 60)]
    [InlineData(200, 3600)]
    [InlineData(5_000, 3600)]
    [InlineData(int.MaxValue, 60)]
    public void A_limit_fills_up_again_in_its_own_time_neither_later_nor_sooner(int limit, int seconds)
    {
        var bucket = TokenBucket.Of(limit, TimeSpan.FromSeconds(seconds));

        var inItsTime = bucket.TokensPerPeriod * (seconds / bucket.ReplenishmentPeriod.TotalSeconds);
        Assert.InRange(inItsTime / limit, 0.999, 1.001);
        Assert.Equal(limit, bucket.TokenLimit);
        // In small portions: who has waited a moment may go on.
        Assert.InRange(bucket.ReplenishmentPeriod, TimeSpan.FromMilliseconds(99), TimeSpan.FromSeconds(seconds));
        Assert.True(bucket.TokensPerPeriod == 1 || bucket.ReplenishmentPeriod < TimeSpan.FromMilliseconds(101));
    }

    [Fact]
    public void Where_nothing_is_limited_nobody_is_remembered()
    {
        var none = new LimitOptions
        {
            SessionsPerMinuteAndAddress = 0,
            SessionsPerHourAndAddress = 0,
            MessagesPerMinuteAndSession = 0,
            MessagesPerHourAndSession = 0,
            MessagesPerMinuteAndAddress = 0,
            MessagesPerMinuteAndWidget = 0,
            CallsPerMinuteAndAddress = 0,
            LooksPerMinuteAndAddress = 0,
            MissesPerMinuteAndAddress = 0,
            TestCallsPerHourAndClient = 0,
        };
        using var limits = new VisitorLimits(Options.Create(none));
        using var tests = new TestCallLimiter(Options.Create(none));
        using var misses = new NotFoundRateLimiter(none.MissesPerMinuteAndAddress, TimeProvider.System);
        var callers = Enumerable
            .Range(0, 2_000)
            .Select(i => new Caller($"2001:db8:{i:x}::/64", Guid.CreateVersion7(), Guid.CreateVersion7()))
            .ToList();
        AskAll(callers[..10]);

        var before = GC.GetAllocatedBytesForCurrentThread();
        AskAll(callers);

        // One who is remembered takes some hundred bytes each time.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / callers.Count, 0, 300);

        void AskAll(IEnumerable<Caller> all)
        {
            foreach (var caller in all)
            {
                Assert.Null(
                    limits.Session(caller)
                        ?? limits.Message(caller)
                        ?? limits.Call(caller)
                        ?? limits.Look(caller)
                        ?? misses.Count(caller.Address)
                        ?? tests.Take(caller.Widget)
                );
            }
        }
    }

    [Fact]
    public void One_limit_that_is_set_holds_beside_those_that_are_not()
    {
        using var limits = new VisitorLimits(
            Options.Create(
                new LimitOptions
                {
                    MessagesPerMinuteAndSession = 0,
                    MessagesPerHourAndSession = 0,
                    MessagesPerMinuteAndAddress = 2,
                    MessagesPerMinuteAndWidget = 0,
                }
            )
        );
        var caller = new Caller("192.0.2.1", Guid.CreateVersion7(), Guid.CreateVersion7());

        Assert.Equal(
            (null, null),
            (limits.Message(caller), limits.Message(caller with { Session = Guid.CreateVersion7() }))
        );
        Assert.InRange(limits.Message(caller)!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(31));
        Assert.Null(limits.Message(caller with { Address = "192.0.2.2" }));
    }
}
