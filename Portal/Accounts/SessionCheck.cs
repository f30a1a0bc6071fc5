using System.Collections.Concurrent;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Portal.Data;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Checks once a minute whether a cookie's session and security stamp are still valid, and at once after a replica has
/// signaled a change of this person. In between, a request only costs a look-up in memory.
/// </summary>
public sealed class SessionCheck(
    IOptions<SecurityStampValidatorOptions> options,
    SignInManager<User> signIn,
    ILoggerFactory loggers,
    SessionStore sessions,
    ChangedPeople changed
) : SecurityStampValidator<User>(options, signIn, loggers)
{
    public override async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        if (!IsDue(context))
        {
            return;
        }

        if (
            await VerifySecurityStamp(context.Principal) is { } user
            && await sessions.IsLivingAsync(context.Principal!, context.HttpContext)
        )
        {
            await SecurityStampVerified(user, context);
            return;
        }

        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
    }

    private bool IsDue(CookieValidatePrincipalContext context)
    {
        var request = context.HttpContext.Request;

        // Files are the same for everybody, and are served while the database is unavailable.
        if (
            context
                .HttpContext.GetEndpoint()
                ?.Metadata.GetMetadata<Microsoft.AspNetCore.StaticAssets.StaticAssetDescriptor>()
            is not null
        )
        {
            return false;
        }

        return context.Properties.IssuedUtc is not { } issued
            || TimeProvider.GetUtcNow() - issued > Options.ValidationInterval
            || changed.Since(context.Principal!.PersonId, issued)
            // A change to an account renews the cookie, which must not happen for a session that ended a moment ago.
            || (
                !HttpMethods.IsGet(request.Method)
                && !HttpMethods.IsHead(request.Method)
                && request.Path.StartsWithSegments("/account")
            );
    }
}

/// <summary>
/// People whose sessions or stamp changed in the last minutes, by the replicas' signals. A lost signal only delays:
/// each cookie is checked once a minute anyway.
/// </summary>
public sealed class ChangedPeople : IDisposable
{
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(5);
    private const int Many = 1000;

    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _changes = new();
    private readonly TimeProvider _clock;
    private readonly IDisposable _subscription;

    public ChangedPeople(Signals signals, TimeProvider clock)
    {
        _clock = clock;
        _subscription = signals.Subscribe(Signals.People, Hear);
    }

    /// <summary>Whether a cookie that was issued then has to be checked. Its time has whole seconds only.</summary>
    public bool Since(Guid person, DateTimeOffset issued) => _changes.TryGetValue(person, out var at) && issued <= at;

    private void Hear(string person)
    {
        var now = _clock.GetUtcNow();
        if (Guid.TryParse(person, out var id))
        {
            _changes[id] = now;
        }

        if (_changes.Count > Many)
        {
            foreach (var old in _changes.Where(change => now - change.Value > s_memory))
            {
                _changes.TryRemove(old);
            }
        }
    }

    public void Dispose() => _subscription.Dispose();
}
