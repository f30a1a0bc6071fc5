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

    public async Task ExecuteResultAsync(ActionContext context)
    {
        var response = context.HttpContext.Response;
        var abort = context.HttpContext.RequestAborted;
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";

        await using var csv = CsvWriter.Create(response.Body, s_format, leaveOpen: true);
        await WriteAsync(csv, columns, abort);
        await foreach (var row in rows.WithCancellation(abort))
        {
            await WriteAsync(csv, row, abort);
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
