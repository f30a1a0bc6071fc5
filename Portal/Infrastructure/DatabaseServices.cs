using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Portal.Infrastructure;

public static class DatabaseServices
{
    extension(IServiceCollection services)
    {
        /// <summary>The ways into the database, and the box for secrets kept in it.</summary>
        public IServiceCollection AddDatabases()
        {
            services.AddOptions<ConnectionStrings>().BindConfiguration("ConnectionStrings");
            services.AddOptions<EmbeddedPostgresOptions>().BindConfiguration("Portal");
            services.AddOptions<MasterKeyOptions>().BindConfiguration("Portal");
            services.AddLogging(logging => logging.AddFilter("Npgsql", LogLevel.Warning)); // it tells of every command otherwise
            services.AddSingleton<Databases>();
            services.TryAddSingleton(TimeProvider.System);
            services.AddHostedService<EmbeddedPostgresKeeper>();
            services.AddSingleton<Signals>().AddHostedService(provider => provider.GetRequiredService<Signals>());
            services.AddSingleton(provider => MasterKeys.Load(
                provider.GetRequiredService<IOptions<MasterKeyOptions>>().Value,
                mayCreateIn: provider.GetRequiredService<Databases>().IsEmbedded
                    ? provider.GetRequiredService<IOptions<EmbeddedPostgresOptions>>().Value.FolderFor(provider.GetRequiredService<IHostEnvironment>().ContentRootPath)
                    : null,
                isProduction: provider.GetRequiredService<IHostEnvironment>().IsProduction()));
            return services.AddSingleton<SecretBox>();
        }

        /// <summary>A context on one of the ways in. How it goes in is worked out once, not for every request.</summary>
        public IServiceCollection AddContext<TContext>(Func<Databases, NpgsqlDataSource> source, params IInterceptor[] interceptors) where TContext : DbContext =>
            services.AddDbContext<TContext>(
                (provider, db) => db.UseNpgsql(source(provider.GetRequiredService<Databases>())).UseSnakeCaseNamingConvention().AddInterceptors(interceptors),
                optionsLifetime: ServiceLifetime.Singleton);
    }

    extension(IHost app)
    {
        /// <summary>
        /// Everything that must be right before the first request: a database that answers, its schema, and the master key that belongs to it.
        /// Throws <see cref="CannotStartException"/>.
        /// </summary>
        public async Task PrepareDatabasesAsync(CancellationToken abort = default)
        {
            var databases = app.Services.GetRequiredService<Databases>();
            var log = app.Services.GetRequiredService<ILogger<Databases>>();
            var keys = app.Services.GetRequiredService<MasterKeys>();

            await databases.StartAsync(abort);
            if (databases.Strings.Owner is { Length: > 0 } owner)
            {
                await Migrations.MigrateAsync(owner, Migrations.Folder, log, abort);
            }
            else
            {
                await Migrations.CheckAsync(databases.Portal, Migrations.Folder, log, abort);
            }

            await databases.CheckWallsAsync(abort);
            await keys.CheckAsync(databases.Accounts, abort);
        }

        /// <summary>The one-shot migration of a deployment whose portal runs without the owner's rights.</summary>
        public async Task MigrateAsync(CancellationToken abort = default) => await Migrations.MigrateAsync(
            await app.Services.GetRequiredService<Databases>().OwnerAsync(abort), Migrations.Folder, app.Services.GetRequiredService<ILogger<Databases>>(), abort);
    }
}
