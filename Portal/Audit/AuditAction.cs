namespace Portal.Audit;

/// <summary>
/// The actions that the audit log records. The name is stored in the database and in exports, and never changes.
/// </summary>
/// <param name="Name"><c>kind.deed</c>.</param>
/// <param name="Verb">The text between actor and subject: <c>Maya published Shop assistant</c>.</param>
public sealed record AuditAction(string Name, string Verb)
{
    public static readonly AuditAction SignedIn = new("session.signed_in", "signed in");
    public static readonly AuditAction SignInFailed = new("session.failed", "failed to sign in");
    public static readonly AuditAction SignedOut = new("session.signed_out", "signed out");
    public static readonly AuditAction SessionEnded = new("session.ended", "signed out a session of");

    public static readonly AuditAction Renamed = new("person.renamed", "changed the name of");
    public static readonly AuditAction PasswordChanged = new("person.password_changed", "changed the password of");
    public static readonly AuditAction PasswordReset = new("person.password_reset", "reset the password of");
    public static readonly AuditAction FactorAdded = new("person.factor_added", "added a sign-in method for");
    public static readonly AuditAction FactorRemoved = new("person.factor_removed", "removed a sign-in method of");
    public static readonly AuditAction EmailChanged = new("person.email_changed", "changed the email address of");
    public static readonly AuditAction EmailConfirmed = new("person.email_confirmed", "confirmed the email address of");
    public static readonly AuditAction Recovered = new("person.recovered", "reset access for");
    public static readonly AuditAction Disabled = new("person.disabled", "disabled");
    public static readonly AuditAction Enabled = new("person.enabled", "enabled");
    public static readonly AuditAction DataExported = new("person.exported", "exported the account of");
    public static readonly AuditAction Invited = new("person.invited", "invited");
    public static readonly AuditAction InvitationResent = new("person.invitation_resent", "resent the invitation to");
    public static readonly AuditAction InvitationLinked = new(
        "person.invitation_linked",
        "created an invitation link for"
    );
    public static readonly AuditAction InvitationRevoked = new(
        "person.invitation_revoked",
        "revoked the invitation of"
    );
    public static readonly AuditAction Joined = new("person.joined", "joined");
    public static readonly AuditAction RoleChanged = new("person.role_changed", "changed the role of");
    public static readonly AuditAction Removed = new("person.removed", "removed");
    public static readonly AuditAction Left = new("person.left", "left");

    public static readonly AuditAction ClientCreated = new("client.created", "created the client");
    public static readonly AuditAction ClientEdited = new("client.edited", "changed the settings of");
    public static readonly AuditAction ClientSuspended = new("client.suspended", "suspended");
    public static readonly AuditAction ClientResumed = new("client.resumed", "reactivated");
    public static readonly AuditAction ClientDeletionRequested = new(
        "client.deletion_requested",
        "requested deletion of"
    );
    public static readonly AuditAction ClientDeleted = new("client.deleted", "deleted");
    public static readonly AuditAction ViewStarted = new("client.view_started", "started viewing as");
    public static readonly AuditAction ViewEnded = new("client.view_ended", "stopped viewing as");

    public static readonly AuditAction WidgetCreated = new("widget.created", "created the widget");
    public static readonly AuditAction WidgetPublished = new("widget.published", "published");
    public static readonly AuditAction WidgetRenamed = new("widget.renamed", "renamed");
    public static readonly AuditAction WidgetSwitchedOn = new("widget.switched_on", "turned on");
    public static readonly AuditAction WidgetSwitchedOff = new("widget.switched_off", "turned off");
    public static readonly AuditAction WidgetConnected = new("widget.connected", "changed the connection of");
    public static readonly AuditAction WidgetKeyMade = new("widget.key_made", "created a new signing key for");
    public static readonly AuditAction WidgetKeySwitched = new(
        "widget.key_switched",
        "activated the new signing key of"
    );
    public static readonly AuditAction WidgetKeyDropped = new("widget.key_dropped", "discarded the new signing key of");
    public static readonly AuditAction WidgetSecretRotated = new("widget.secret_rotated", "rotated the session key of");
    public static readonly AuditAction WidgetDeleted = new("widget.deleted", "deleted the widget");

    public static readonly AuditAction DemoShared = new("demo.shared", "created the demo");
    public static readonly AuditAction DemoChanged = new("demo.changed", "edited the demo");
    public static readonly AuditAction DemoRevoked = new("demo.revoked", "revoked the demo");
    public static readonly AuditAction DemoReopened = new("demo.reopened", "reactivated the demo");
    public static readonly AuditAction DemoWentLive = new("demo.went_live", "converted to a live widget");

    public static readonly AuditAction CorrectionMade = new("widget.answer_corrected", "corrected an answer of");
    public static readonly AuditAction CorrectionSettled = new("widget.correction_settled", "settled a correction for");
    public static readonly AuditAction ConversationsErased = new("data.erased", "deleted conversations of");
    public static readonly AuditAction ConversationsExported = new("data.exported", "exported conversations of");
    public static readonly AuditAction AnalyticsExported = new("data.analytics_exported", "exported analytics");
    public static readonly AuditAction AuditExported = new("data.audit_exported", "exported the audit log");
    public static readonly AuditAction AlertsChanged = new("alerts.changed", "changed alert recipient");

    public static readonly AuditAction TokenMade = new("platform.token_made", "created the API token");
    public static readonly AuditAction TokenRevoked = new("platform.token_revoked", "revoked the API token");
    public static readonly AuditAction JobStarted = new("platform.job_started", "ran the job");
    public static readonly AuditAction LogLevelChanged = new("platform.log_level", "set the log level of");
    public static readonly AuditAction MailResent = new("platform.mail_resent", "resent the email");
    public static readonly AuditAction TestMailSent = new("platform.test_mail", "sent a test email to");

    /// <summary>Every action, by its name.</summary>
    public static readonly IReadOnlyDictionary<string, AuditAction> All = typeof(AuditAction)
        .GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static)
        .Select(field => field.GetValue(null))
        .OfType<AuditAction>()
        .ToDictionary(act => act.Name);

    /// <summary>The types that the filter offers.</summary>
    public static readonly IReadOnlyList<(string Name, string Text)> Kinds =
    [
        ("session", "Sign-ins"),
        ("person", "People"),
        ("client", "Clients"),
        ("widget", "Widgets"),
        ("demo", "Demos"),
        ("data", "Data"),
        ("alerts", "Alerts"),
        ("platform", "Platform"),
    ];

    public static string VerbOf(string name) => All.TryGetValue(name, out var act) ? act.Verb : name;
}
