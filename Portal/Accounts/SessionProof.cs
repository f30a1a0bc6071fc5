using System.Globalization;
using System.Security.Claims;

namespace Portal.Accounts;

/// <summary>An authentication method, named as in the claim <c>amr</c> (RFC 8176 where it has a name).</summary>
public static class ProofMethod
{
    public const string Password = "pwd";
    public const string Passkey = "passkey";
    public const string AuthenticatorCode = "otp";
    public const string RecoveryCode = "recovery";

    /// <summary>
    /// Whether it counts as a second factor. A passkey is two factors in one: the device, and what unlocks it.
    /// </summary>
    public static bool IsFactor(string method) => method is Passkey or AuthenticatorCode or RecoveryCode;
}

/// <summary>
/// How and when a session was last authenticated. It is stored in the cookie, so that an older copy of the cookie does
/// not share it. What an account has set up proves nothing.
/// </summary>
public static class SessionProof
{
    public const string MethodClaim = "amr";
    public const string TimeClaim = "auth_time";

    /// <summary>The account has a passkey or an authenticator app.</summary>
    public const string FactorClaim = "factor";

    /// <summary>How recent an authentication must be for a sensitive change.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    extension(ClaimsPrincipal user)
    {
        /// <summary>Whether the account has a factor, used in this session or not.</summary>
        public bool HasFactor => user.HasClaim(claim => claim.Type == FactorClaim);

        /// <summary>Whether this session used a factor that the account still has.</summary>
        public bool UsedFactor => user.HasFactor && user.ProofMethods.Any(ProofMethod.IsFactor);

        public IEnumerable<string> ProofMethods => user.FindAll(MethodClaim).Select(claim => claim.Value);

        public DateTimeOffset? ProvedAt =>
            long.TryParse(
                user.FindFirstValue(TimeClaim),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var seconds
            )
                ? DateTimeOffset.FromUnixTimeSeconds(seconds)
                : null;

        /// <summary>Whether the person authenticated recently, with a factor if the account has one.</summary>
        public bool ProvedRecently(DateTimeOffset now) =>
            user.ProvedAt is { } at && at > now - Recent && (!user.HasFactor || user.UsedFactor);
    }

    /// <summary>The claims of an authentication made now.</summary>
    public static IEnumerable<Claim> Claims(IEnumerable<string> methods, DateTimeOffset now) =>
        [
            .. methods.Distinct().Select(method => new Claim(MethodClaim, method)),
            new(TimeClaim, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        ];

    /// <summary>
    /// The claims that a renewed cookie keeps. A factor that was removed from the account no longer counts.
    /// </summary>
    public static IEnumerable<Claim> Carried(ClaimsPrincipal before, bool hasFactor) =>
        before
            .Claims.Where(claim =>
                claim.Type == TimeClaim
                || (claim.Type == MethodClaim && (hasFactor || !ProofMethod.IsFactor(claim.Value)))
            )
            .Select(claim => claim.Clone());
}
