using Microsoft.EntityFrameworkCore;
using Portal.Hosting;
using Portal.Mail;
using Portal.Model;

namespace Portal.Inbox;

/// <summary>Tells the author of a correction what became of it.</summary>
public sealed class CorrectionEmail(JobsDb db, PortalOptions portal) : IEmailTemplate
{
    public static string Template => "correction";

    public static string Title => "Correction settled";

    public async Task<EmailTemplate?> WriteAsync(Email email, CancellationToken cancellationToken)
    {
        var found = await db
            .Corrections.Where(c => c.Id == email.About)
            .Select(c => new
            {
                Correction = c,
                Widget = db.Widgets.Where(w => w.Id == c.WidgetId).Select(w => w.Name).First(),
            })
            .SingleOrDefaultAsync(cancellationToken);
        if (found is not { Correction: { State: not CorrectionState.Open } correction })
        {
            return null;
        }

        var isFixed = correction.State == CorrectionState.Fixed;
        List<string> paragraphs =
        [
            isFixed
                ? $"{correction.ClosedByName} fixed how {found.Widget.InMail} answers a question that you corrected."
                : $"{correction.ClosedByName} closed a correction of yours for {found.Widget.InMail} without a change.",
        ];
        if (correction.Reply is { Length: > 0 } reply)
        {
            paragraphs.Add($"“{reply.InMail}”");
        }

        List<(string, string)> facts = [("Question", correction.Question.InMail)];
        if (correction.FixedInVersion is { } version)
        {
            facts.Add(("Fixed in", $"Version {version}"));
        }

        return new(
            isFixed ? "Your correction was fixed" : "Your correction was closed",
            paragraphs,
            ("View corrections", portal.Link("/improve/corrections")),
            facts,
            "You’re receiving this because you wrote this correction."
        );
    }
}
