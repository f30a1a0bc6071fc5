using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Portal.Model;

namespace Portal.Web;

/// <summary>
/// Keeps two people from overwriting each other. A form that edits a shared row carries the version of what it showed
/// (<c>&lt;edit-version&gt;</c>). If the row has changed by the time the form arrives, nothing is saved: the form comes
/// back with the differences, and saving again, knowingly, replaces what the other person saved.
/// </summary>
public static class ConcurrentEdits
{
    /// <summary>Hidden field: the version that the form was filled in with.</summary>
    public const string Field = "EditVersion";

    /// <summary>Hidden field of a refused form: the version whose differences were shown.</summary>
    public const string ReplacesField = "ReplacesVersion";

    // Not in the ViewData: a fragment has none of its page's.
    private static readonly object s_conflict = new();

    /// <summary>The version of a row, computed from the fields that the form edits.</summary>
    public static string VersionOf(params IEnumerable<string?> shown)
    {
        var text = new StringBuilder();
        foreach (var value in shown)
        {
            // With its length, so that no two lists give the same text.
            text.Append(value?.Length ?? -1).Append(':').Append(value);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 12));
    }

    /// <summary>The version of a row, computed from the fields that the form edits.</summary>
    public static string VersionOf(IEnumerable<EditField> shown) =>
        VersionOf(shown.SelectMany(field => new[] { field.Value, field.Stamp }));

    extension(PageModel page)
    {
        /// <summary>
        /// Whether somebody else has changed what this form was filled in over. The form then comes back with the
        /// differences.
        /// </summary>
        /// <param name="current">What the row says now, as this form would show it.</param>
        /// <param name="typed">What the form says.</param>
        public bool IsOutdated(IReadOnlyList<EditField> current, IReadOnlyList<EditField> typed) =>
            page.IsOutdated(VersionOf(current), () => EditConflict.Between(current, typed));

        /// <param name="version">Of the row now.</param>
        /// <param name="differences">Between the row now and the form. Where there are none, there is nothing to
        /// choose.</param>
        /// <param name="mayReplace">False where the form is sent without anybody having decided anything, as while
        /// typing.</param>
        public bool IsOutdated(string version, Func<IReadOnlyList<ConfigChange>> differences, bool mayReplace = true)
        {
            if (page.HasVersion(version, mayReplace))
            {
                return false;
            }

            var found = differences();
            if (found.Count > 0)
            {
                page.HttpContext.Items[s_conflict] = new EditConflict(version, found);
            }

            return found.Count > 0;
        }

        /// <summary>Whether the form was filled in with this version, or is meant to replace it.</summary>
        public bool HasVersion(string version, bool mayReplace = true) =>
            page.Request.HasFormContentType
            && (
                page.Request.Form[Field].Contains(version)
                || (mayReplace && page.Request.Form[ReplacesField].Contains(version))
            );
    }

    extension(HttpContext context)
    {
        /// <summary>Why the form of this request was refused.</summary>
        public EditConflict? EditConflict => context.Items[s_conflict] as EditConflict;
    }

    extension(DbContext db)
    {
        /// <summary>
        /// Lets one request at a time compare and save this row: the next one waits until the transaction ends, and
        /// then reads what was saved.
        /// </summary>
        public async Task<IDbContextTransaction> BeginEditAsync(Guid row, CancellationToken cancellationToken)
        {
            var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            await db.LockEditAsync(row, cancellationToken);
            return transaction;
        }

        /// <summary>The same in a transaction that has begun already.</summary>
        public Task LockEditAsync(Guid row, CancellationToken cancellationToken) =>
            db.Database.ExecuteSqlAsync(
                $"SELECT pg_advisory_xact_lock(hashtext('edit'), hashtext({row.ToString()}))",
                cancellationToken
            );
    }
}

/// <summary>One field of a form, in the words of the form.</summary>
/// <param name="Value">As a person reads it; null when it is not set.</param>
/// <param name="Stamp">Changes with a value that is not shown, such as a saved password.</param>
public sealed record EditField(string Label, string? Value, string? Stamp = null);

/// <summary>What one person saved while another was typing.</summary>
/// <param name="Version">Of the row with the other person's changes.</param>
/// <param name="Differences">From what is saved to what was typed.</param>
public sealed record EditConflict(string Version, IReadOnlyList<ConfigChange> Differences)
{
    public static IReadOnlyList<ConfigChange> Between(IReadOnlyList<EditField> saved, IReadOnlyList<EditField> typed) =>
        [
            .. saved
                .Zip(typed)
                .Where(pair => (pair.First.Value ?? "") != (pair.Second.Value ?? ""))
                .Select(pair => new ConfigChange(
                    pair.First.Label,
                    pair.First.Label,
                    pair.First.Value,
                    pair.Second.Value
                )),
        ];
}

public sealed class EditVersionTagHelper(IHtmlHelper html) : ComponentTagHelper(html, "_EditVersion")
{
    public required string Value { get; set; }

    /// <summary>The label of the save button.</summary>
    public string Action { get; set; } = "Save";

    /// <summary>For a secondary form on the page: it shows no refusal of the main form.</summary>
    public bool Beside { get; set; }

    [HtmlAttributeNotBound]
    public EditConflict? Conflict => Beside ? null : View.HttpContext.EditConflict;

    /// <summary>A refused form keeps the version that it was filled in with.</summary>
    [HtmlAttributeNotBound]
    public string Shown => Conflict is null ? Value : View.HttpContext.Request.Form[ConcurrentEdits.Field].ToString();
}
