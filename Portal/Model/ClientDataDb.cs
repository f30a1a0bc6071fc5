using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace Portal.Model;

/// <summary>
/// The clients' data: their widgets, what visitors asked, what came of it. <see cref="PortalDb"/> shows it to one
/// client,
/// <see cref="AgencyDb"/> to the agency, <see cref="JobsDb"/> to jobs.
/// </summary>
public abstract class ClientDataDb : DbContext
{
    /// <summary>Widgets that are being deleted are out of sight.</summary>
    public const string DeletedFilter = "Deleted";

    // Read and written before a client is known, by AccountsDb.
    private static readonly Type[] s_ofAccounts = [typeof(Invitation), typeof(UserSession), typeof(EmailChange)];

    protected ClientDataDb(DbContextOptions options, BudgetDefaults? budgets)
        : base(options)
    {
        Budgets = budgets ?? new(0, 0);

        // Changes go through a transaction always, because that is where the database learns who makes them.
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
    }

    /// <summary>The operator's, where a widget or client has none of its own.</summary>
    internal BudgetDefaults Budgets { get; }

    public DbSet<Client> Clients => Set<Client>();
    public DbSet<Widget> Widgets => Set<Widget>();
    public DbSet<WidgetVersion> WidgetVersions => Set<WidgetVersion>();
    public DbSet<WidgetImage> WidgetImages => Set<WidgetImage>();
    public DbSet<VisitorSession> VisitorSessions => Set<VisitorSession>();
    public DbSet<ChatLog> ChatLogs => Set<ChatLog>();
    public DbSet<ConversationWork> ConversationWork => Set<ConversationWork>();
    public DbSet<ConversationNote> ConversationNotes => Set<ConversationNote>();
    public DbSet<ConversationRead> ConversationReads => Set<ConversationRead>();
    public DbSet<DashboardVisit> DashboardVisits => Set<DashboardVisit>();
    public DbSet<SavedView> SavedViews => Set<SavedView>();
    public DbSet<Correction> Corrections => Set<Correction>();
    public DbSet<QuestionReview> QuestionReviews => Set<QuestionReview>();
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

    /// <summary>
    /// The entered client's conversations in which all the words were said; the database function knows the client
    /// itself.
    /// </summary>
    public IQueryable<FoundConversation> SearchConversations(string lookedFor, int atMost) =>
        FromExpression(() => SearchConversations(lookedFor, atMost));

    /// <summary>
    /// What visitors asked most in these days, of one widget or of all that the database lets this client see.
    /// </summary>
    public IQueryable<TopQuestion> TopQuestions(Guid? ofWidget, DateOnly first, DateOnly last, int atMost) =>
        FromExpression(() => TopQuestions(ofWidget, first, last, atMost));

    /// <summary>
    /// What was answered badly since then, like questions together, of one widget or of all that the database lets this
    /// client see; without those that somebody has dealt with.
    /// </summary>
    public IQueryable<WeakQuestion> WeakQuestions(Guid? ofWidget, DateTimeOffset since) =>
        FromExpression(() => WeakQuestions(ofWidget, since));

    /// <summary>What was said in that time, counted from the messages themselves: one row.</summary>
    public IQueryable<MessageFigures> MessageFigures(Guid? ofWidget, DateTimeOffset since, DateTimeOffset until) =>
        FromExpression(() => MessageFigures(ofWidget, since, until));

    /// <summary>Budgets that are used up just now, of those that the database lets this client or role see.</summary>
    public IQueryable<UsedUpBudget> UsedUpBudgets(int perDay, int perMonth) =>
        FromExpression(() => UsedUpBudgets(perDay, perMonth));

    // Our indexes are named in the migrations; the model says only those.
    protected override void ConfigureConventions(ModelConfigurationBuilder conventions) =>
        conventions.Conventions.Remove<ForeignKeyIndexConvention>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.ApplyConfigurationsFromAssembly(typeof(ClientDataDb).Assembly, mapping =>
            !s_ofAccounts.Contains(mapping.DeclaringType)
        );

        model.HasDbFunction(() => SearchConversations(default!, default)).HasName("search_conversations");
        model.HasDbFunction(() => TopQuestions(default, default, default, default)).HasName("top_questions");
        model.HasDbFunction(() => WeakQuestions(default, default)).HasName("weak_questions");
        model.HasDbFunction(() => MessageFigures(default, default, default)).HasName("message_figures");
        model.HasDbFunction(() => UsedUpBudgets(default, default)).HasName("used_up_budgets");
        model.Entity<UsedUpBudget>().HasNoKey().ToTable((string?)null).Ignore(budget => budget.IsMonth);
        model.Entity<FoundConversation>().HasNoKey().ToTable((string?)null);
        model.Entity<TopQuestion>().HasNoKey().ToTable((string?)null);
        model.Entity<WeakQuestion>().HasNoKey().ToTable((string?)null);
        model.Entity<MessageFigures>().HasNoKey().ToTable((string?)null);

        model.Entity<Widget>().HasQueryFilter(DeletedFilter, widget => widget.DeletionRequestedAt == null);
    }
}

/// <summary>One conversation that a search found.</summary>
public sealed record FoundConversation(Guid SessionId);

/// <summary>A question in its usual wording, and how often it was asked in these or nearly these words.</summary>
public sealed record TopQuestion(string Question, long Times);

/// <summary>Like questions that were answered badly.</summary>
/// <param name="Key">The stems that they share.</param>
/// <param name="Question">Their most frequent wording.</param>
/// <param name="LastSession">The conversation in which one was asked last.</param>
/// <param name="LastLog">That message.</param>
public sealed record WeakQuestion(
    string Key,
    string Question,
    long Times,
    long Failed,
    long Disliked,
    long Unsure,
    Guid LastSession,
    Guid LastLog,
    DateTimeOffset LastAt
);
