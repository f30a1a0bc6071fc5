using System.Globalization;
using System.Security.Claims;

namespace Portal.Accounts;

/// <summary>A way to prove who one is, as the claim <c>amr</c> names it (RFC 8176 where it has a name).</summary>
public static class ProofMethod
{
    public const string Password = "pwd";
    public const string Passkey = "passkey";
    public const string AuthenticatorCode = "otp";
    public const string RecoveryCode = "recovery";

    /// <summary>Whether it counts as a factor. A passkey is two factors in one: the device, and what unlocks it.</summary>
    public static bool IsFactor(string method) => method is Passkey or AuthenticatorCode or RecoveryCode;
}

/// <summary>
/// How a session proved who it is, and when last. The cookie says so, so that a copy taken before the proof does not share it. What an
/// account has set up is not a proof.
/// </summary>
public static class SessionProof
{
    public const string MethodClaim = "amr";
    public const string TimeClaim = "auth_time";

    /// <summary>The account has a passkey or an authenticator app.</summary>
    public const string FactorClaim = "factor";

    /// <summary>How long a proof is recent enough for what changes an account.</summary>
    public static readonly TimeSpan Recent = TimeSpan.FromMinutes(10);

    extension(ClaimsPrincipal user)
    {
        /// <summary>Whether the account has a factor, used in this session or not.</summary>
        public bool HasFactor => user.HasClaim(claim => claim.Type == FactorClaim);

        /// <summary>Whether this session was proved with a factor that the account still has.</summary>
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

        /// <summary>Whether they proved who they are a moment ago, with a factor where the account has one.</summary>
        public bool ProvedRecently(DateTimeOffset now) =>
            user.ProvedAt is { } at && at > now - Recent && (!user.HasFactor || user.UsedFactor);
    }

    /// <summary>What a cookie says of a proof made now.</summary>
    public static IEnumerable<Claim> Claims(IEnumerable<string> methods, DateTimeOffset now) =>
        [
            .. methods.Distinct().Select(method => new Claim(MethodClaim, method)),
            new(TimeClaim, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
        ];

    /// <summary>
    /// What a renewed cookie takes over from the one before. A factor that the account has lost was no proof any more, however it was used.
    /// </summary>
    public static IEnumerable<Claim> Carried(ClaimsPrincipal before, bool hasFactor) =>
        before
            .Claims.Where(claim =>
                claim.Type == TimeClaim
                || (claim.Type == MethodClaim && (hasFactor || !ProofMethod.IsFactor(claim.Value)))
            )
            .Select(claim => claim.Clone());
}
