using System.Collections.Concurrent;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Portal.Data;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>
/// Looks once a minute whether a cookie's session and stamp still stand, and at once where a replica has said that something of this
/// person changed. In between a request costs nothing but a look into memory.
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

        // Files are the same for everybody, and are served while the database is away.
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
            // What changes an account renews the cookie, and must not do so for a session that ended a moment ago.
            || (
                !HttpMethods.IsGet(request.Method)
                && !HttpMethods.IsHead(request.Method)
                && request.Path.StartsWithSegments("/account")
            );
    }
}

/// <summary>
/// Whose sessions or stamp changed in the last minutes, as replicas told each other. A signal that is lost costs nothing but its speed: each
/// cookie is looked at once a minute anyway.
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

    /// <summary>Whether a cookie that was issued then has to be looked at. It says whole seconds only.</summary>
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
