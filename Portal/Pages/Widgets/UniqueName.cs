using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Portal.Pages.Widgets;

/// <summary>
/// Two widgets of a client cannot have the same name. The database decides, because two people may save at once.
/// </summary>
public static class UniqueName
{
    public const string Sentence = "You already have a widget with this name.";

    extension(DbUpdateException error)
    {
        public bool IsTakenName => error.Violates("widgets_client_id_name_key");

        /// <summary>Somebody else published at the same moment.</summary>
        public bool IsTakenVersion => error.Violates("widget_versions_widget_id_version_key");

        private bool Violates(string constraint) =>
            error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } cause
            && cause.ConstraintName == constraint;
    }
}
