using System.ComponentModel.DataAnnotations;

namespace Portal.Limits;

/// <summary>
/// How often people may do what sends mail, creates something or costs processor time (<c>Portal:ActionLimits:…</c>). 0
/// means without limit.
/// </summary>
public sealed class ActionLimitOptions
{
    /// <summary>
    /// Emails that one signed-in person sends to others: invitations, confirmations of alert recipients, test emails,
    /// access resets.
    /// </summary>
    [Range(0, 100_000)]
    public int MailsPerHourAndPerson { get; set; } = 20;

    /// <summary>The same, for all people of one client together.</summary>
    [Range(0, 100_000)]
    public int MailsPerDayAndClient { get; set; } = 50;

    /// <summary>The same to one email address, whoever sends them.</summary>
    [Range(0, 100_000)]
    public int MailsPerHourAndRecipient { get; set; } = 5;

    /// <summary>People that a client invites, with or without email.</summary>
    [Range(0, 100_000)]
    public int InvitationsPerDayAndClient { get; set; } = 30;

    /// <summary>
    /// Successful sign-ins to one account. Each creates a session, and sends an email when the browser is new.
    /// </summary>
    [Range(0, 100_000)]
    public int SignInsPerHourAndAccount { get; set; } = 20;

    /// <summary>Factors that one account adds or removes. Each sends an email.</summary>
    [Range(0, 100_000)]
    public int FactorChangesPerHourAndAccount { get; set; } = 20;

    /// <summary>
    /// Calls and links with an invalid or expired token: API tokens, demo links, invitations, resets and the like.
    /// </summary>
    [Range(0, 100_000)]
    public int TokenGuessesPerMinuteAndAddress { get; set; } = 30;

    /// <summary>Passcode attempts for one demo from one address in five minutes.</summary>
    [Range(0, 100_000)]
    public int PasscodesPerAddress { get; set; } = 5;

    /// <summary>
    /// Passcode attempts for one demo from all addresses. Beyond that nobody is locked out, but each attempt takes two
    /// seconds longer.
    /// </summary>
    [Range(0, 100_000)]
    public int PasscodesPerHourAndDemo { get; set; } = 30;

    /// <summary>Demos that a client creates.</summary>
    [Range(0, 100_000)]
    public int DemosPerDayAndClient { get; set; } = 20;

    /// <summary>Widgets that a client may have at the same time, without demos.</summary>
    [Range(0, 100_000)]
    public int WidgetsPerClient { get; set; } = 20;

    /// <summary>Pictures that a client uploads. They are processed one at a time.</summary>
    [Range(0, 100_000)]
    public int PicturesPerHourAndClient { get; set; } = 60;

    /// <summary>Files that one person exports: conversations, analytics, audit history, their own data.</summary>
    [Range(0, 100_000)]
    public int ExportsPerHourAndPerson { get; set; } = 60;

    /// <summary>Notes, corrections and saved views that one person writes.</summary>
    [Range(0, 100_000)]
    public int NotesPerHourAndPerson { get; set; } = 200;
}
