using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Portal.Hosting;
using Portal.Jobs;
using Portal.Mail;

namespace Portal.Accounts;

public static class SignInServices
{
    /// <summary>Sessions as rows. Belongs after Identity, parts of which it replaces.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services
            .AddSingleton<KnownDeviceCookie>()
            .AddSingleton<ChangedPeople>()
            .AddScoped<SessionStore>()
            .AddScoped<TwoFactorNotifications>();
        services
            .AddScoped<PasswordCheck>()
            .AddScoped<SignInLimits>()
            .AddScoped<EmailChangeService>()
            .AddScoped<EmailConfirmations>()
            .AddScoped<AccessRecovery>();
        services
            .AddSingleton<SignInFailures>()
            .AddHostedService(provider => provider.GetRequiredService<SignInFailures>());
        services.AddSettings<SignInLimitOptions>("Portal:SignInLimits");
        services.AddScoped<ISecurityStampValidator, SessionCheck>();
        services.Configure<SecurityStampValidatorOptions>(stamp =>
        {
            stamp.ValidationInterval = TimeSpan.FromMinutes(1);
            stamp.OnRefreshingPrincipal = renewed =>
            {
                var (before, after) = (renewed.CurrentPrincipal!, renewed.NewPrincipal!);
                var identity = (ClaimsIdentity)after.Identity!;
                identity.AddClaims(SessionProof.Carried(before, after.HasFactor));
                if (before.FindFirst(SessionStore.Claim) is { } session)
                {
                    identity.AddClaim(session.Clone());
                }

                return Task.CompletedTask;
            };
        });
        return services
            .AddEmail<NewDeviceEmail>()
            .AddEmail<EmailChangeEmail>()
            .AddEmail<EmailConfirmationEmail>()
            .AddEmail<InvitationEmail>()
            .AddEmail<AccessResetEmail>()
            .AddJob<SignInCleanUpJob>(
                "sign-in-clean-up",
                "Sign-in cleanup",
                "Removes expired sessions, rate-limit records, email changes and invitations.",
                TimeSpan.FromHours(1)
            );
    }
}
