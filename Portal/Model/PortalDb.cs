using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace Portal.Model;

/// <summary>The clients' data, filtered to the entered client.</summary>
public sealed class PortalDb : DbContext
{
    public const string TenantFilter = "Tenant";

    /// <summary>Widgets that are being deleted are hidden.</summary>
    public const string DeletedFilter = "Deleted";

    private readonly Tenant _tenant;

    public PortalDb(DbContextOptions<PortalDb> options, Tenant tenant, BudgetDefaults? budgets = null)
        : base(options)
    {
        _tenant = tenant;
        Budgets = budgets ?? new(0, 0);

        // Changes always use a transaction, because the interceptor tells the database the client in it.
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
    }

    /// <summary>The client whose rows the database shows, or null.</summary>
    internal Guid? EnteredClient => _tenant.IdOrNone == Guid.Empty ? null : _tenant.IdOrNone;

    /// <summary>The operator's defaults, where a widget or client has no budget of its own.</summary>
    internal BudgetDefaults Budgets { get; }

    public DbSet<Client> Clients => Set<Client>();
    public DbSet<Widget> Widgets => Set<Widget>();
    public DbSet<WidgetVersion> WidgetVersions => Set<WidgetVersion>();
    public DbSet<WidgetImage> WidgetImages => Set<WidgetImage>();
    public DbSet<VisitorSession> VisitorSessions => Set<VisitorSession>();
    public DbSet<ChatLog> ChatLogs => Set<ChatLog>();
    public DbSet<DailyAnalytics> Analytics => Set<DailyAnalytics>();
    public DbSet<WebhookError> WebhookErrors => Set<WebhookError>();
    public DbSet<WebhookTest> WebhookTests => Set<WebhookTest>();
    public DbSet<DemoLink> DemoLinks => Set<DemoLink>();
    public DbSet<DemoGoneLive> DemosGoneLive => Set<DemoGoneLive>();
    public DbSet<MessageCount> MessageCounts => Set<MessageCount>();
    public DbSet<ChangeLog> ChangeLogs => Set<ChangeLog>();
    public DbSet<JobRun> JobRuns => Set<JobRun>();
    public DbSet<Incident> Incidents => Set<Incident>();
    public DbSet<AlertRecipient> AlertRecipients => Set<AlertRecipient>();
    public DbSet<Email> Emails => Set<Email>();

    /// <summary>The entered client's conversations that contain all search terms; the database function reads the client itself.</summary>
    public IQueryable<FoundConversation> SearchConversations(string lookedFor, int atMost) =>
        FromExpression(() => SearchConversations(lookedFor, atMost));

    /// <summary>The top questions of these days, of one widget or of all that this client can see.</summary>
    public IQueryable<TopQuestion> TopQuestions(Guid? ofWidget, DateOnly first, DateOnly last, int atMost) =>
        FromExpression(() => TopQuestions(ofWidget, first, last, atMost));

    /// <summary>Analytics of a time span, counted from the messages themselves: one row.</summary>
    public IQueryable<MessageFigures> MessageFigures(Guid? ofWidget, DateTimeOffset since, DateTimeOffset until) =>
        FromExpression(() => MessageFigures(ofWidget, since, until));

    /// <summary>The budgets that are used up, of those that this client or role can see.</summary>
    public IQueryable<UsedUpBudget> UsedUpBudgets(int perDay, int perMonth) =>
        FromExpression(() => UsedUpBudgets(perDay, perMonth));

    // Our indexes are named in the migrations; the model contains only those.
    protected override void ConfigureConventions(ModelConfigurationBuilder conventions) =>
        conventions.Conventions.Remove<ForeignKeyIndexConvention>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.ApplyConfigurationsFromAssembly(typeof(PortalDb).Assembly);

        model.HasDbFunction(() => SearchConversations(default!, default)).HasName("search_conversations");
        model.HasDbFunction(() => TopQuestions(default, default, default, default)).HasName("top_questions");
        model.HasDbFunction(() => MessageFigures(default, default, default)).HasName("message_figures");
        model.HasDbFunction(() => UsedUpBudgets(default, default)).HasName("used_up_budgets");
        model.Entity<UsedUpBudget>().HasNoKey().ToTable((string?)null).Ignore(budget => budget.IsMonth);
        model.Entity<FoundConversation>().HasNoKey().ToTable((string?)null);
        model.Entity<TopQuestion>().HasNoKey().ToTable((string?)null);
        model.Entity<MessageFigures>().HasNoKey().ToTable((string?)null);

        // A client is its own tenant.
        model.Entity<Client>().HasQueryFilter(TenantFilter, client => client.Id == _tenant.IdOrNone);
        foreach (
            var type in model
                .Model.GetEntityTypes()
                .Select(entity => entity.ClrType)
                .Where(typeof(IOwned).IsAssignableFrom)
                .ToList()
        )
        {
            s_own.MakeGenericMethod(type).Invoke(this, [model]);
        }

        model.Entity<Widget>().HasQueryFilter(DeletedFilter, widget => widget.DeletionRequestedAt == null);
        model.Entity<ChangeLog>().HasQueryFilter(TenantFilter, log => log.ClientId == _tenant.IdOrNone);
        model.Ignore<Invitation>();
        model.Ignore<UserSession>();
        model.Ignore<EmailChange>();
    }

    private static readonly MethodInfo s_own = typeof(PortalDb).GetMethod(
        nameof(Own),
        BindingFlags.Instance | BindingFlags.NonPublic
    )!;

    // Without a client the filter matches nothing: forgetting to enter one shows no rows, never all rows.
    private void Own<T>(ModelBuilder model)
        where T : class, IOwned =>
        model.Entity<T>().HasQueryFilter(TenantFilter, row => row.ClientId == _tenant.IdOrNone);

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        Stamp();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override Task<int> SaveChangesAsync(
        bool acceptAllChangesOnSuccess,
        CancellationToken cancellationToken = default
    )
    {
        Stamp();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    /// <summary>
    /// Runs work over all clients, in a transaction with the agency's database role. Only for pages behind the Admin policy and for what
    /// they offer to admins alone; queries in it lift <see cref="TenantFilter"/> by name.
    /// </summary>
    public async Task<T> AsAgencyAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken = default)
    {
        await using var transaction = await Database.BeginTransactionAsync(cancellationToken);
        await Database.ExecuteSqlAsync($"SET LOCAL ROLE portal_admin", cancellationToken);
        var result = await work();
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private void Stamp()
    {
        foreach (var entry in ChangeTracker.Entries<IOwned>())
        {
            if (entry.State == EntityState.Added)
            {
                entry.Property(row => row.ClientId).CurrentValue = _tenant.Id;
            }
            else if (entry.State is EntityState.Modified or EntityState.Deleted && entry.Entity.ClientId != _tenant.Id)
            {
                throw new InvalidOperationException(
                    $"A {entry.Metadata.ClrType.Name} of another client was about to be changed."
                );
            }
        }
    }
}

/// <summary>One conversation that a search found.</summary>
public sealed record FoundConversation(Guid SessionId);

/// <summary>A question in its most common wording, and how often it was asked in the same or similar words.</summary>
public sealed record TopQuestion(string Question, long Times);
