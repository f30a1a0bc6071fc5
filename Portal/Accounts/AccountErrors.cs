using Microsoft.AspNetCore.Identity;

namespace Portal.Accounts;

/// <summary>
/// Replaces Identity's error messages that a form may show. Identity speaks of user names, which are email addresses
/// here.
/// </summary>
public sealed class AccountErrors : IdentityErrorDescriber
{
    public override IdentityError DuplicateUserName(string userName) => Taken(base.DuplicateUserName(userName));

    public override IdentityError DuplicateEmail(string email) => Taken(base.DuplicateEmail(email));

    public override IdentityError PasswordTooShort(int length) =>
        new() { Code = nameof(PasswordTooShort), Description = $"Use at least {length} characters." };

    public override IdentityError PasswordRequiresUniqueChars(int uniqueChars) =>
        new()
        {
            Code = nameof(PasswordRequiresUniqueChars),
            Description = $"Use at least {uniqueChars} different characters.",
        };

    private static IdentityError Taken(IdentityError error) =>
        new() { Code = error.Code, Description = "This email already has an account." };
}
