using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Tests.Pages;

/// <summary>Clients and the people who sign in, as tests need them: each test its own.</summary>
public static class People
{
    public const string Password = "a long enough password";

    extension(PortalApp portal)
    {
        /// <summary>Works with one of the portal's own services.</summary>
        public async Task<T> With<TService, T>(Func<TService, Task<T>> work) where TService : notnull
        {
            await using var scope = portal.Services.CreateAsyncScope();
            return await work(scope.ServiceProvider.GetRequiredService<TService>());
        }

        /// <summary>Arranges rows by plain SQL.</summary>
        public async Task ExecuteAsync(string sql)
        {
            await using var command = portal.Services.GetRequiredService<Portal.Infrastructure.Databases>().Jobs.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        public Task<Client> NewClientAsync(string? name = null)
        {
            var client = new Client(name ?? $"Client {Guid.NewGuid():N}");
            return portal.As(client.Id, async db =>
            {
                await db.AsAgencyAsync(() =>
                {
                    db.Add(client);
                    return db.SaveChangesAsync();
                });
                return client;
            });
        }

        /// <summary>Somebody who can sign in with <see cref="Password"/>: of the client, or an admin where there is none.</summary>
        public async Task<User> NewUserAsync(Guid? client = null, UserRole role = UserRole.Owner)
        {
            var email = $"{Guid.NewGuid():N}@people.test";
            var user = new User { ClientId = client, Role = client is null ? UserRole.Admin : role, DisplayName = "Kim Person", UserName = email, Email = email, EmailConfirmed = true };
            var made = await portal.With((UserManager<User> users) => users.CreateAsync(user, Password));
            Assert.True(made.Succeeded, made.ToString());
            return user;
        }

        public async Task<User> NewOwnerAsync() => await portal.NewUserAsync((await portal.NewClientAsync()).Id);

        public Task<User> FindAsync(User user) => portal.With(async (UserManager<User> users) => (await users.FindByIdAsync(user.Id.ToString()))!);

        /// <summary>This very person, with all that a sign-in puts into the cookie, that long ago.</summary>
        public async Task<Visitor> SignedInAsync(User user, TimeSpan age = default)
        {
            var person = await portal.With((IUserClaimsPrincipalFactory<User> claims) => claims.CreateAsync(user));
            return portal.Carrying(person.Claims, age);
        }

        public async Task<Visitor> SigningInAsync(string email, string password, string query = "")
        {
            var visitor = portal.SignedOut();
            await visitor.OpenAsync(Accounts.SignInPath + query);
            await visitor.SubmitAsync("form#password", ("Input.Email", email), ("Input.Password", password));
            return visitor;
        }
    }
}
