namespace Portal.Accounts;

/// <summary>The error messages for a wrong password, code or passkey.</summary>
public static class ProofWords
{
    public const string WrongPassword = "Incorrect password.";
    public const string WrongCode =
        "Incorrect code. Codes change every 30 seconds and work once; check that your device’s clock is right.";
    public const string WrongRecoveryCode = "This recovery code is invalid or already used.";
    public const string WrongPasskey = "That passkey doesn’t belong to this account. Try another one.";
}
