using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Tests.Data;

namespace Portal.Tests.Chat;

/// <summary>A widget's daily budget is computed in one place, <c>messages_allowed_per_day</c>.</summary>
public sealed class MessagesAllowedPerDayTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Theory]
    [InlineData(null, "{}", 5000, 5000)]
    [InlineData(20, "{}", 5000, 20)]
    [InlineData(null, "{}", 0, 0)]
    [InlineData(20, "{}", 0, 20)]
    [InlineData(null, """{"security": {"limits": {"messagesPerDay": 7}}}""", 5000, 7)]
    [InlineData(null, """{"security": {"limits": {"messagesPerDay": 7}}}""", 0, 7)]
    [InlineData(5, """{"security": {"limits": {"messagesPerDay": 7}}}""", 5000, 5)]
    [InlineData(20, """{"Security": {"Limits": {"MESSAGESPERDAY": 7}}}""", 5000, 7)]
    [InlineData(20, """{"security": {"limits": {"messagesPerDay": "many"}}}""", 5000, 20)]
    [InlineData(20, """{"security": {"limits": {"messagesPerDay": 0}}}""", 5000, 20)]
    public async Task The_lowest_limit_counts(int? ownBudget, string config, int byDefault, int allowed)
    {
        var databases = portal.Services.GetRequiredService<Portal.Data.Databases>();
        await using var db = databases.OpenJobsDb();

        var found = db.Database.SqlQuery<int>(
            $"""SELECT messages_allowed_per_day({ownBudget}, {config}::jsonb, {byDefault}) AS "Value" """
        );

        Assert.Equal(allowed, Assert.Single(await found.ToListAsync()));
    }
}
