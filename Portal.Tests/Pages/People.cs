using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Portal.Accounts;
using Portal.Model;
using Portal.Web;

namespace Portal.Tests.Pages;

/// <summary>Clients and the people who sign in, as tests need them: each test its own.</summary>
public static class People
{
    public const string Password = "a long enough password";

    // Made once: that it takes its time is what a hash is for.
    private static string? s_hash;

    extension(PortalApp portal)
    {
        /// <summary>Works with one of the portal's own services.</summary>
        public async Task<T> With<TService, T>(Func<TService, Task<T>> work)
            where TService : notnull
        {
            await using var scope = portal.Services.CreateAsyncScope();
            return await work(scope.ServiceProvider.GetRequiredService<TService>());
        }

        /// <summary>Arranges rows by plain SQL.</summary>
        public async Task ExecuteAsync(string sql)
        {
            await using var command = portal
                .Services.GetRequiredService<Portal.Data.Databases>()
                .Jobs.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        public Task<Client> NewClientAsync(string? name = null)
        {
            var client = new Client(name ?? $"Client {Guid.NewGuid():N}");
            return portal.AsAgency(async db =>
            {
                db.Add(client);
                await db.SaveChangesAsync();
                return client;
            });
        }

        /// <summary>
        /// Somebody who can sign in with <see cref="Password"/>: of the client, or an admin where there is none.
        /// </summary>
        public async Task<User> NewUserAsync(Guid? client = null, UserRole role = UserRole.Owner)
        {
            var email = $"{Guid.NewGuid():N}@people.test";
            var user = new User
            {
                ClientId = client,
                Role = client is null ? UserRole.Admin : role,
                DisplayName = "Kim Person",
                UserName = email,
                Email = email,
                EmailConfirmed = true,
            };
            var made = await portal.With(
                (UserManager<User> users) =>
                {
                    user.PasswordHash = s_hash ??= users.PasswordHasher.HashPassword(user, Password);
                    return users.CreateAsync(user);
                }
            );
            Assert.True(made.Succeeded, made.ToString());
            return user;
        }

        public async Task<User> NewOwnerAsync() => await portal.NewUserAsync((await portal.NewClientAsync()).Id);

        /// <summary>Gives them an authenticator app; its key, and their recovery codes.</summary>
        public Task<(string Key, IReadOnlyList<string> Codes)> WithAppAsync(User user) =>
            portal.With(
                async (UserManager<User> users) =>
                {
                    var person = (await users.FindByIdAsync($"{user.Id}"))!;
                    await users.ResetAuthenticatorKeyAsync(person);
                    await users.SetTwoFactorEnabledAsync(person, true);
                    IReadOnlyList<string> codes = [.. (await users.GenerateNewTwoFactorRecoveryCodesAsync(person, 3))!];
                    (user.SecurityStamp, user.TwoFactorEnabled) = (person.SecurityStamp, true);
                    return ((await users.GetAuthenticatorKeyAsync(person))!, codes);
                }
            );

        /// <summary>A passkey of theirs, made at that address, with which no test can sign in.</summary>
        public Task<IdentityResult> WithPasskeyAsync(User user, string name = "Kim’s laptop", Uri? madeAt = null) =>
            portal.With(
                async (UserManager<User> users) =>
                {
                    var data = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(
                        new
                        {
                            type = "webauthn.create",
                            origin = (madeAt ?? portal.Url).GetLeftPart(UriPartial.Authority),
                        }
                    );
                    return await users.AddOrUpdatePasskeyAsync(
                        (await users.FindByIdAsync($"{user.Id}"))!,
                        new(
                            Guid.NewGuid().ToByteArray(),
                            [1],
                            DateTimeOffset.UtcNow,
                            0,
                            [],
                            true,
                            false,
                            false,
                            [1],
                            data
                        )
                        {
                            Name = name,
                        }
                    );
                }
            );

        public Task<User> FindAsync(User user) =>
            portal.With(async (UserManager<User> users) => (await users.FindByIdAsync(user.Id.ToString()))!);

        /// <summary>This very person, with all that a sign-in puts into the cookie, that long ago.</summary>
        public Task<Visitor> SignedInAsync(User user, TimeSpan age = default) =>
            portal.ProvedAsync(user, age, ProofMethod.Password, ProofMethod.AuthenticatorCode);

        /// <summary>The same, signed in by these methods.</summary>
        public async Task<Visitor> ProvedAsync(User user, TimeSpan age, params string[] methods)
        {
            var person = await portal.With((IUserClaimsPrincipalFactory<User> claims) => claims.CreateAsync(user));
            var session = await portal.NewSessionAsync(user, age);
            return portal.Carrying(
                [
                    .. person.Claims,
                    .. SessionProof.Claims(methods, DateTimeOffset.UtcNow - age),
                    new(SessionStore.Claim, session.ToString()),
                ],
                age
            );
        }

        /// <summary>A sign-in of theirs in some browser, as a row.</summary>
        public async Task<Guid> NewSessionAsync(User user, TimeSpan age = default)
        {
            var session = new UserSession
            {
                UserId = user.Id,
                SecurityStamp = user.SecurityStamp!,
                Device = Guid.NewGuid().ToByteArray(),
            }.Begin(DateTimeOffset.UtcNow - age, user.Role == UserRole.Admin);
            await portal.With(
                (AccountsDb db) =>
                {
                    db.Add(session);
                    return db.SaveChangesAsync();
                }
            );
            return session.Id;
        }

        public async Task<Visitor> SigningInAsync(string email, string password, string query = "")
        {
            var visitor = portal.SignedOut();
            await visitor.OpenAsync(AccessPolicies.SignInPath + query);
            await visitor.SubmitAsync("form#password", ("Input.Email", email), ("Input.Password", password));
            return visitor;
        }
    }
}
