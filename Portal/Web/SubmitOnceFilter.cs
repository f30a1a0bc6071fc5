using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Data;
using Portal.Model;

namespace Portal.Web;

/// <summary>
/// For a handler that creates or sends something: the same form submitted twice, by a double click or a reload, takes effect once, and the
/// second request is redirected to where the first one was. Of two concurrent ones, one waits for the other.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SubmitOnceAttribute : Attribute;

/// <summary>
/// Enforces <see cref="SubmitOnceAttribute"/>. A form is identified by its antiforgery token, which is different in each rendering of a
/// page.
/// </summary>
public sealed class SubmitOnceFilter(
    Databases databases,
    IDataProtectionProvider protection,
    IOptions<AntiforgeryOptions> antiforgery
) : IAsyncPageFilter
{
    private readonly IDataProtector _protector = protection.CreateProtector("form-submissions");

    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(
        PageHandlerExecutingContext context,
        PageHandlerExecutionDelegate next
    )
    {
        var cancellationToken = context.HttpContext.RequestAborted;
        if (
            context.HandlerMethod?.MethodInfo.IsDefined(typeof(SubmitOnceAttribute), inherit: true) != true
            || context.HandlerInstance is not PageModel page
            || KeyOf(context.HttpContext) is not { } key
        )
        {
            await next();
            return;
        }

        await using var connection = await databases.Accounts.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await ClaimAsync(connection, key, cancellationToken))
        {
            context.Result = await RepeatAsync(connection, key, page, cancellationToken);
            return;
        }

        var executed = await next();

        // Only successful submissions are remembered: a form with an error is submitted again.
        if (executed.Exception is null && LocationOf(executed.Result, page) is { } location)
        {
            var outcome = new Outcome(
                location,
                page.TempData.Where(entry => entry.Value is string)
                    .ToDictionary(entry => entry.Key, entry => (string)entry.Value!)
            );
            await RememberAsync(connection, key, _protector.Protect(JsonSerializer.Serialize(outcome)));
            await transaction.CommitAsync(CancellationToken.None);
        }
    }

    // Waits for a transaction that has claimed the same form and is still in progress.
    private static async Task<bool> ClaimAsync(
        NpgsqlConnection connection,
        byte[] key,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO form_submissions (key) VALUES ($1) ON CONFLICT DO NOTHING",
            connection
        )
        {
            CommandTimeout = 60,
            Parameters = { new NpgsqlParameter<byte[]> { TypedValue = key } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private static async Task RememberAsync(NpgsqlConnection connection, byte[] key, string outcome)
    {
        await using var command = new NpgsqlCommand(
            "UPDATE form_submissions SET outcome = $2 WHERE key = $1",
            connection
        )
        {
            Parameters =
            {
                new NpgsqlParameter<byte[]> { TypedValue = key },
                new NpgsqlParameter<string> { TypedValue = outcome },
            },
        };
        await command.ExecuteNonQueryAsync();
    }

    private async Task<IActionResult> RepeatAsync(
        NpgsqlConnection connection,
        byte[] key,
        PageModel page,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand("SELECT outcome FROM form_submissions WHERE key = $1", connection)
        {
            Parameters = { new NpgsqlParameter<byte[]> { TypedValue = key } },
        };
        if (await command.ExecuteScalarAsync(cancellationToken) is not string stored || Open(stored) is not { } outcome)
        {
            return page.RedirectToPage();
        }

        foreach (var (name, value) in outcome.News)
        {
            page.TempData[name] = value;
        }

        return page.LocalRedirect(outcome.Location);
    }

    private Outcome? Open(string stored)
    {
        try
        {
            return JsonSerializer.Deserialize<Outcome>(_protector.Unprotect(stored));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static string? LocationOf(IActionResult? result, PageModel page) =>
        result switch
        {
            RedirectToPageResult to => page.Url.Page(
                to.PageName,
                to.PageHandler,
                to.RouteValues,
                protocol: null,
                host: null,
                to.Fragment
            ),
            LocalRedirectResult to => page.Url.Content(to.Url),
            RedirectResult to when page.Url.IsLocalUrl(to.Url) => to.Url,
            _ => null,
        };

    private byte[]? KeyOf(HttpContext context)
    {
        var request = context.Request;
        if (
            !request.HasFormContentType
            || request.WantsFragment
            || request.Form[antiforgery.Value.FormFieldName].ToString() is not { Length: > 0 } token
        )
        {
            return null;
        }

        var text = new StringBuilder($"{context.User.PersonId} {request.Path}{request.QueryString} {token}");
        foreach (
            var (name, values) in request
                .Form.Where(field => field.Key != antiforgery.Value.FormFieldName)
                .OrderBy(field => field.Key, StringComparer.Ordinal)
        )
        {
            text.Append('\n').Append(name);
            foreach (var value in values)
            {
                text.Append('\0').Append(value);
            }
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <param name="News">What the page that follows is to say.</param>
    private sealed record Outcome(string Location, Dictionary<string, string> News);
}
