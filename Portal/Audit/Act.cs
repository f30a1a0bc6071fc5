
namespace Portal.Audit;

/// <summary>Everything that is written down when somebody does it. The name is what the database and exports keep: it never changes.</summary>
/// <param name="Name"><c>kind.deed</c>.</param>
/// <param name="Verb">Between who did it and what it was done to: <c>Maya published Shop assistant</c>.</param>
public sealed record Act(string Name, string Verb)
{
    public static readonly Act SignedIn = new("session.signed_in", "signed in");
    public static readonly Act SignInFailed = new("session.failed", "failed to sign in");
    public static readonly Act SignedOut = new("session.signed_out", "signed out");
    public static readonly Act SessionEnded = new("session.ended", "ended a session of");

    public static readonly Act Renamed = new("person.renamed", "changed the name of");
    public static readonly Act PasswordChanged = new("person.password_changed", "changed the password of");
    public static readonly Act PasswordReset = new("person.password_reset", "reset the password of");
    public static readonly Act FactorAdded = new("person.factor_added", "added a way to sign in for");
    public static readonly Act FactorRemoved = new("person.factor_removed", "removed a way to sign in of");
    public static readonly Act EmailChanged = new("person.email_changed", "changed the e-mail address of");
    public static readonly Act Recovered = new("person.recovered", "let back in");
    public static readonly Act Disabled = new("person.disabled", "disabled");
    public static readonly Act Enabled = new("person.enabled", "enabled");
    public static readonly Act DataExported = new("person.exported", "exported the account of");
    public static readonly Act Invited = new("person.invited", "invited");
    public static readonly Act InvitationResent = new("person.invitation_resent", "invited again");
    public static readonly Act InvitationLinked = new("person.invitation_linked", "made a link for");
    public static readonly Act InvitationRevoked = new("person.invitation_revoked", "took back the invitation of");
    public static readonly Act Joined = new("person.joined", "joined");
    public static readonly Act RoleChanged = new("person.role_changed", "changed the role of");
    public static readonly Act Removed = new("person.removed", "removed");
    public static readonly Act Left = new("person.left", "left");

    public static readonly Act ClientCreated = new("client.created", "added the client");
    public static readonly Act ClientEdited = new("client.edited", "changed the settings of");
    public static readonly Act ClientSuspended = new("client.suspended", "suspended");
    public static readonly Act ClientResumed = new("client.resumed", "resumed");
    public static readonly Act ClientDeletionRequested = new("client.deletion_requested", "asked to delete");
    public static readonly Act ClientDeleted = new("client.deleted", "deleted");
    public static readonly Act ViewStarted = new("client.view_started", "began to look through the eyes of");
    public static readonly Act ViewEnded = new("client.view_ended", "stopped looking through the eyes of");

    public static readonly Act WidgetCreated = new("widget.created", "made the widget");
    public static readonly Act WidgetPublished = new("widget.published", "published");
    public static readonly Act WidgetRenamed = new("widget.renamed", "renamed");
    public static readonly Act WidgetSwitchedOn = new("widget.switched_on", "switched on");
    public static readonly Act WidgetSwitchedOff = new("widget.switched_off", "switched off");
    public static readonly Act WidgetConnected = new("widget.connected", "changed the connection of");
    public static readonly Act WidgetKeyMade = new("widget.key_made", "made the next signing key of");
    public static readonly Act WidgetKeySwitched = new("widget.key_switched", "switched the signing key of");
    public static readonly Act WidgetKeyDropped = new("widget.key_dropped", "dropped the next signing key of");
    public static readonly Act WidgetSecretRotated = new("widget.secret_rotated", "renewed the keys of");
    public static readonly Act WidgetDeleted = new("widget.deleted", "deleted the widget");

    public static readonly Act DemoShared = new("demo.shared", "shared the demo");
    public static readonly Act DemoChanged = new("demo.changed", "changed the demo");
    public static readonly Act DemoRevoked = new("demo.revoked", "ended the demo");
    public static readonly Act DemoReopened = new("demo.reopened", "reopened the demo");
    public static readonly Act DemoWentLive = new("demo.went_live", "made a live widget of the demo");

    public static readonly Act ConversationsErased = new("data.erased", "erased conversations of");
    public static readonly Act ConversationsExported = new("data.exported", "exported conversations of");
    public static readonly Act AnalyticsExported = new("data.analytics_exported", "exported analytics");
    public static readonly Act AuditExported = new("data.audit_exported", "exported the audit log");
    public static readonly Act AlertsChanged = new("alerts.changed", "changed the alerts of");

    public static readonly Act TokenMade = new("platform.token_made", "made the access token");
    public static readonly Act TokenRevoked = new("platform.token_revoked", "revoked the access token");
    public static readonly Act JobStarted = new("platform.job_started", "ran the job");
    public static readonly Act MailResent = new("platform.mail_resent", "sent again");
    public static readonly Act TestMailSent = new("platform.test_mail", "sent a test mail to");

    /// <summary>Every act there is, by its name.</summary>
    public static readonly IReadOnlyDictionary<string, Act> All = typeof(Act)
        .GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Select(field => field.GetValue(null)).OfType<Act>().ToDictionary(act => act.Name);

    /// <summary>The kinds, as a filter offers them.</summary>
    public static readonly IReadOnlyList<(string Name, string Text)> Kinds =
    [
        ("session", "Sign-ins"), ("person", "People"), ("client", "Clients"), ("widget", "Widgets"),
        ("demo", "Demo links"), ("data", "Data"), ("alerts", "Alerts"), ("platform", "Platform"),
    ];

    public static string VerbOf(string name) => All.TryGetValue(name, out var act) ? act.Verb : name;
}
