using Microsoft.AspNetCore.Identity;
using Portal.Accounts;
using Portal.Data;
using Portal.Keys;
using Portal.Model;

namespace Portal.Commands;

public static class AdminReset
{
    public static async Task<int> RunAsync(IHost app, string email, TextWriter output, TextWriter errors)
    {
        await app.PrepareDatabasesAsync();
        await app.Services.EnsureFirstKeyAsync(default);
        await using var scope = app.Services.CreateAsyncScope();

        var user = await scope.ServiceProvider.GetRequiredService<UserManager<User>>().FindByEmailAsync(email);
        if (user is null)
        {
            await errors.WriteLineAsync($"No account found for {email}.");
            return 1;
        }

        var link = await scope.ServiceProvider.GetRequiredService<PasswordLinks>().ToHandOverAsync(user);
        await output.WriteLineAsync(
            $"{user.DisplayName} ({user.Role}) can set a new password with this link (valid once, for 24 hours):\n\n  {link}\n"
        );
        return 0;
    }
}
