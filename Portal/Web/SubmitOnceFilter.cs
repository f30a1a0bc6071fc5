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
using Portal.Model;
using Portal.Secrets;

namespace Portal.Web;

/// <summary>
/// For a handler that creates or sends something: the same form submitted twice, by a double click or a reload, takes
/// effect once, and the second request is redirected to where the first one was. Of two concurrent ones, one waits for
/// the other.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SubmitOnceAttribute : Attribute;

/// <summary>
/// Enforces <see cref="SubmitOnceAttribute"/>. A form is identified by its antiforgery token, which is different in
/// each rendering of a page.
/// </summary>
public sealed class SubmitOnceFilter(
    IDbContextFactory<AccountsDb> accounts,
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

        await using var db = await accounts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (!await ClaimAsync(db, key, cancellationToken))
        {
            context.Result = await RepeatAsync(db, key, page, cancellationToken);
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
            await RememberAsync(db, key, _protector.Protect(JsonSerializer.Serialize(outcome)));
            await transaction.CommitAsync(CancellationToken.None);
        }
    }

    // Waits for a transaction that has claimed the same form and is still in progress.
    private static async Task<bool> ClaimAsync(AccountsDb db, byte[] key, CancellationToken cancellationToken)
    {
        db.Database.SetCommandTimeout(60);
        var claimed = await db.Database.ExecuteSqlAsync(
            $"INSERT INTO form_submissions (key) VALUES ({key}) ON CONFLICT DO NOTHING",
            cancellationToken
        );
        db.Database.SetCommandTimeout(null);
        return claimed == 1;
    }

    private static Task RememberAsync(AccountsDb db, byte[] key, string outcome) =>
        db.Database.ExecuteSqlAsync($"UPDATE form_submissions SET outcome = {outcome} WHERE key = {key}");

    private async Task<IActionResult> RepeatAsync(
        AccountsDb db,
        byte[] key,
        PageModel page,
        CancellationToken cancellationToken
    )
    {
        var stored = await db
            .Database.SqlQuery<string?>($"""SELECT outcome AS "Value" FROM form_submissions WHERE key = {key}""")
            .ToListAsync(cancellationToken);
        if (Open(stored.SingleOrDefault()) is not { } outcome)
        {
            return page.RedirectToPage();
        }

        foreach (var (name, value) in outcome.News)
        {
            page.TempData[name] = value;
        }

        return page.LocalRedirect(outcome.Location);
    }

    private Outcome? Open(string? stored) =>
        _protector.Open(stored) is { } text ? JsonSerializer.Deserialize<Outcome>(text) : null;

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
