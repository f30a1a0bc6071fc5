using System.Globalization;
using System.Text.RegularExpressions;
using CsvHelper;
using Microsoft.AspNetCore.Mvc;

namespace Portal.Web;

/// <summary>
/// A CSV download (RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read every character), written row by
/// row as it is read. Separator and decimal sign are the reader's choice (<see cref="CsvFormat"/>).
/// </summary>
/// <remarks>
/// Text that a spreadsheet would take for a formula gets an apostrophe before it, also where a reader with another
/// separator would begin a cell in the middle of ours. A text longer than a cell of Excel holds is cut, and says so.
/// </remarks>
/// <param name="name">File name, made of the portal's own words.</param>
public sealed partial class CsvFile(string name, IReadOnlyList<string> columns, IAsyncEnumerable<object?[]> rows)
    : IActionResult
{
    /// <summary>The most UTF-16 units that Excel keeps of a cell; it drops the rest silently.</summary>
    public const int MaxCellLength = 32_767;

    /// <summary>The last line of a file whose rows could not all be read.</summary>
    public const string Incomplete = "This export is incomplete: an error ended it here. Please run it again.";

    private const string CutMark = "… [cut: longer than a spreadsheet cell]";

    public async Task ExecuteResultAsync(ActionContext context)
    {
        var response = context.HttpContext.Response;
        var cancellationToken = context.HttpContext.RequestAborted;
        var format = CsvFormat.Of(context.HttpContext);

        // The first row is read before anything is sent, so that an error becomes an error page and not half a file.
        await using var read = rows.GetAsyncEnumerator(cancellationToken);
        var hasRow = await read.MoveNextAsync();

        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        await using var csv = CsvWriter.Create(response.Body, format.Options, leaveOpen: true);
        await WriteAsync(csv, columns, cancellationToken);
        try
        {
            for (; hasRow; hasRow = await read.MoveNextAsync())
            {
                await WriteAsync(csv, read.Current, cancellationToken);
            }
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // People read that the file is incomplete; programs see the connection abort in the middle of the body.
            await WriteAsync(csv, [Incomplete], cancellationToken);
            throw;
        }
    }

    /// <summary>The text as a cell that no spreadsheet evaluates, at most <see cref="MaxCellLength"/> long.</summary>
    public static string Cell(string text)
    {
        var harmless = StartOfFormula().Replace(text, "$1'");
        if (harmless.Length <= MaxCellLength)
        {
            return harmless;
        }

        var end = MaxCellLength - CutMark.Length;
        return harmless[..(char.IsHighSurrogate(harmless[end - 1]) ? end - 1 : end)] + CutMark;
    }

    private static async Task WriteAsync(
        CsvWriter csv,
        IEnumerable<object?> fields,
        CancellationToken cancellationToken
    )
    {
        foreach (var field in fields)
        {
            switch (field)
            {
                case string text:
                    csv.WriteField(Cell(text), CsvQuoting.Always);
                    break;
                default:
                    csv.WriteField(field);
                    break;
            }
        }

        await csv.EndRecordAsync(cancellationToken);
    }

    // Excel and LibreOffice also accept full-width signs; a tab, semicolon, comma, bar or line break may start a cell
    // for a reader with another separator.
    [GeneratedRegex(@"(^|[,;|\t\r\n])(?=[=+\-@＝＋－＠])", RegexOptions.CultureInvariant)]
    private static partial Regex StartOfFormula();
}

/// <summary>
/// The format of a CSV file: its separator and its decimal sign. Chosen by <c>?csv=</c> and remembered in a cookie for
/// later downloads.
/// </summary>
/// <remarks>Chosen by <c>?csv=</c> and remembered in a cookie for the downloads to come.</remarks>
public sealed record CsvFormat(string Name, string Text, string For, CsvWriterOptions Options)
{
    public const string Parameter = "csv";

    private const string Cookie = "csv";

    public static readonly IReadOnlyList<CsvFormat> All =
    [
        new("comma", "Comma", "Numbers as 0.5: most programs", OptionsOf(',', ".")),
        new("semicolon", "Semicolon", "Numbers as 0,5: Excel in Europe", OptionsOf(';', ",")),
        new("tab", "Tab", "Numbers as 0.5: for pasting", OptionsOf('\t', ".")),
    ];

    /// <summary>The requested one, otherwise the last one, otherwise commas.</summary>
    public static CsvFormat Of(HttpContext http)
    {
        if (Named(http.Request.Query[Parameter]) is not { } asked)
        {
            return Chosen(http);
        }

        http.RequestServices.GetRequiredService<PortalCookies>()
            .Append(http, Cookie, asked.Name, TimeSpan.FromDays(365));
        return asked;
    }

    /// <summary>The last one that was chosen.</summary>
    public static CsvFormat Chosen(HttpContext http) =>
        Named(http.RequestServices.GetRequiredService<PortalCookies>().Read(http, Cookie)) ?? All[0];

    private static CsvFormat? Named(string? name) => All.FirstOrDefault(format => format.Name == name);

    private static CsvWriterOptions OptionsOf(char separator, string decimalSign)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = decimalSign;
        return new()
        {
            Separator = separator,
            FormatProvider = culture,
            WriteByteOrderMark = true,
        };
    }
}
