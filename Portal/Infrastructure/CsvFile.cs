using CsvHelper;
using Microsoft.AspNetCore.Mvc;

namespace Portal.Infrastructure;

/// <summary>
/// A CSV download (RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read every letter), written row by row as it is read.
/// A text that a spreadsheet would take for a formula gets an apostrophe before it.
/// </summary>
/// <param name="name">File name, made of the portal's own words.</param>
public sealed class CsvFile(string name, IReadOnlyList<string> columns, IAsyncEnumerable<object?[]> rows) : IActionResult
{
    private static readonly CsvWriterOptions s_format = new() { Injection = CsvInjection.Escape, WriteByteOrderMark = true };

    /// <summary>The last line of a file whose rows could not be read to their end.</summary>
    public const string Incomplete = "This export is incomplete: an error ended it here. Please run it again.";

    public async Task ExecuteResultAsync(ActionContext context)
    {
        var response = context.HttpContext.Response;
        var abort = context.HttpContext.RequestAborted;

        // The first row before the first byte: what fails at the start is told by the status.
        await using var reading = rows.GetAsyncEnumerator(abort);
        var isAny = await reading.MoveNextAsync();
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";

        await using var csv = CsvWriter.Create(response.Body, s_format, leaveOpen: true);
        await WriteAsync(csv, columns, abort);
        try
        {
            while (isAny)
            {
                await WriteAsync(csv, reading.Current, abort);
                isAny = await reading.MoveNextAsync();
            }
        }
        catch (Exception) when (!abort.IsCancellationRequested)
        {
            // Its last line says that it is not whole. The server then closes the connection in the middle of the body, which tells programs.
            await WriteAsync(csv, [Incomplete], abort);
            throw;
        }
    }

    private static async Task WriteAsync(CsvWriter csv, IEnumerable<object?> fields, CancellationToken abort)
    {
        foreach (var field in fields)
        {
            csv.WriteField(field);
        }

        await csv.EndRecordAsync(abort);
    }
}
