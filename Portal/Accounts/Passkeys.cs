using Microsoft.AspNetCore.Identity;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Reads the response of an authenticator. Null if there was no challenge, or it has expired.</summary>
public static class Passkeys
{
    extension(SignInManager<User> signIn)
    {
        public async Task<PasskeyAttestationResult?> AttestAsync(string? credential)
        {
            try
            {
                return string.IsNullOrEmpty(credential)
                    ? null
                    : await signIn.PerformPasskeyAttestationAsync(credential);
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }

        public async Task<PasskeyAssertionResult<User>?> AssertAsync(string? credential)
        {
            try
            {
                return string.IsNullOrEmpty(credential) ? null : await signIn.PerformPasskeyAssertionAsync(credential);
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }
    }
}
