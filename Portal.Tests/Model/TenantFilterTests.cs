using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Portal.Audit;
using Portal.Model;

namespace Portal.Tests.Model;

/// <summary>
/// Each type of row that belongs to a client is filtered to the entered one, even if somebody forgets it.
/// </summary>
public sealed class TenantFilterTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Fact]
    public async Task Every_row_that_belongs_to_a_client_is_filtered()
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        var model = db.GetService<Microsoft.EntityFrameworkCore.Metadata.IDesignTimeModel>().Model;
        var owned = typeof(IOwned)
            .Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IOwned)))
            .ToList();

        Assert.NotEmpty(owned);
        Assert.All(owned, type =>
            Assert.True(
                model
                    .FindEntityType(type)
                    ?.GetDeclaredQueryFilters()
                    .Any(filter => filter.Key == PortalDb.TenantFilter),
                $"{type.Name} has no tenant filter."
            )
        );
    }

    [Fact]
    public async Task Every_table_with_a_client_is_filtered_or_the_agencys()
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PortalDb>();
        var model = db.GetService<Microsoft.EntityFrameworkCore.Metadata.IDesignTimeModel>().Model;
        // Mails are read by admins alone, and runs of jobs by nobody's request but theirs.
        var agencys = new[] { typeof(Email), typeof(JobRun) };

        var open = model
            .GetEntityTypes()
            .Where(type =>
                type.GetTableName() is not null
                && type.FindProperty("ClientId") is not null
                && !agencys.Contains(type.ClrType)
                && type.GetDeclaredQueryFilters().All(filter => filter.Key != PortalDb.TenantFilter)
            );

        Assert.Empty(open.Select(type => type.ClrType.Name));
    }

    [Fact]
    public async Task Counts_of_messages_are_ones_own()
    {
        var (ours, theirs) = (
            await Api.Shops.NewWidgetAsync(portal, "https://n8n.shop.example/webhook/shop"),
            await Api.Shops.NewWidgetAsync(portal, "https://n8n.shop.example/webhook/shop")
        );
        foreach (var shop in new[] { ours, theirs })
        {
            await Pages.People.ExecuteAsync(
                portal,
                $"INSERT INTO message_counts (widget_id, client_id, day, messages) VALUES ('{shop.Id}', '{shop.ClientId}', current_date, 7)"
            );
        }

        // As the agency's role, which row level security lets through.
        var seen = await portal.As(ours.ClientId, db =>
            AsAdminRoleAsync(db, () => db.MessageCounts.Select(count => count.WidgetId).ToListAsync())
        );

        Assert.Equal([ours.Id], seen);
    }

    [Fact]
    public async Task The_agency_is_filtered_by_no_client_and_does_not_see_widgets_that_are_being_deleted()
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<AgencyDb>();
        var filters = db.GetService<Microsoft.EntityFrameworkCore.Metadata.IDesignTimeModel>()
            .Model.GetEntityTypes()
            .SelectMany(type => type.GetDeclaredQueryFilters().Select(filter => (type.ClrType, filter.Key)));

        Assert.Equal([(typeof(Widget), ClientDataDb.DeletedFilter)], filters);
    }

    private static async Task<T> AsAdminRoleAsync<T>(PortalDb db, Func<Task<T>> work)
    {
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Database.ExecuteSqlAsync($"SET LOCAL ROLE portal_admin");
        return await work();
    }
}
