using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Portal.Hosting;
using Portal.Model;
using Portal.Secrets;

namespace Portal.Data;

public static class DatabaseServices
{
    extension(IServiceCollection services)
    {
        /// <summary>Database connections, and the protector for secrets in the database.</summary>
        public IServiceCollection AddDatabases()
        {
            services.AddSettings<ConnectionStrings>("ConnectionStrings");
            services.AddSettings<EmbeddedPostgresOptions>("Portal");
            services.AddSettings<MasterKeyOptions>("Portal");
            services.AddLogging(logging => logging.AddFilter("Npgsql", LogLevel.Warning)); // it tells of every command otherwise
            services.AddSingleton<Databases>();
            services.TryAddSingleton(TimeProvider.System);
            services.TryAddSingleton<RuntimeLogLevels>();
            services.AddHostedService<EmbeddedPostgresKeeper>();
            services
                .AddSingleton<ReplicaHeartbeat>()
                .AddHostedService(provider => provider.GetRequiredService<ReplicaHeartbeat>());
            services.AddSingleton<Signals>().AddHostedService(provider => provider.GetRequiredService<Signals>());
            services.AddSingleton(provider =>
                MasterKeys.Load(
                    provider.GetRequiredService<IOptions<MasterKeyOptions>>().Value,
                    mayCreateIn: provider.GetRequiredService<Databases>().IsEmbedded
                        ? provider
                            .GetRequiredService<IOptions<EmbeddedPostgresOptions>>()
                            .Value.FolderFor(provider.GetRequiredService<IHostEnvironment>().ContentRootPath)
                        : null,
                    isProduction: provider.GetRequiredService<IHostEnvironment>().IsProduction()
                )
            );
            services.AddContext<PortalDb>(databases => databases.Portal, TenantSessionInterceptor.Instance);
            services.AddContext<AgencyDb>(databases => databases.Portal, AgencySessionInterceptor.Instance);
            services.AddReports();
            services.AddContextFactory<JobsDb>(databases => databases.Jobs);
            services.AddScoped<Tenant>().AddScoped<CurrentClient>().AddStartupStep<DatabasePreparation>();
            services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: ["ready"]);
            return services.AddSingleton<SecretProtector>();
        }

        /// <summary>
        /// Analytics and exports read from a replica if one is configured. Otherwise they share the request's own
        /// context.
        /// </summary>
        private void AddReports()
        {
            services.AddSingleton<ReportsOptions>();
            services.AddKeyedScoped(ReportsOptions.Key, (provider, _) =>
                provider.GetRequiredService<ReportsOptions>().Value is { } options
                    ? ActivatorUtilities.CreateInstance<PortalDb>(provider, options)
                    : provider.GetRequiredService<PortalDb>()
            );
        }

        /// <summary>
        /// A DbContext on one of the data sources. Its options are built once, not for every request.
        /// </summary>
        public IServiceCollection AddContext<TContext>(
            Func<Databases, NpgsqlDataSource> source,
            params IInterceptor[] interceptors
        )
            where TContext : DbContext =>
            services.AddDbContext<TContext>(
                (provider, db) =>
                    Use(db, source(provider.GetRequiredService<Databases>())).AddInterceptors(interceptors),
                optionsLifetime: ServiceLifetime.Singleton
            );

        /// <summary>
        /// The same, and a factory of contexts for what outlives a request, or commits by itself whatever becomes of
        /// the request.
        /// </summary>
        public IServiceCollection AddContextFactory<TContext>(Func<Databases, NpgsqlDataSource> source)
            where TContext : DbContext =>
            services.AddDbContextFactory<TContext>(
                (provider, db) => Use(db, source(provider.GetRequiredService<Databases>()))
            );
    }

    internal static DbContextOptionsBuilder Use(DbContextOptionsBuilder db, NpgsqlDataSource source) =>
        db.UseNpgsql(source).UseSnakeCaseNamingConvention();

    extension(IHost app)
    {
        /// <summary>The same as the portal's start does, for commands.</summary>
        /// <exception cref="CannotStartException">When the operator has to put something right first.</exception>
        public async Task PrepareDatabasesAsync(CancellationToken cancellationToken = default)
        {
            await using var scope = app.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<DatabasePreparation>().RunAsync(cancellationToken);
        }

        /// <summary>The one-shot migration of a deployment whose portal runs without the owner's rights.</summary>
        public async Task MigrateAsync(CancellationToken cancellationToken = default) =>
            await Migrations.MigrateAsync(
                await app.Services.GetRequiredService<Databases>().OwnerAsync(cancellationToken),
                Migrations.Folder,
                app.Services.GetRequiredService<ILogger<Databases>>(),
                cancellationToken
            );
    }
}

/// <summary>
/// Makes sure of a database that responds, its schema, roles that are bound by row-level security, and the right master
/// key.
/// </summary>
internal sealed class DatabasePreparation(Databases databases, MasterKeys keys, ILogger<Databases> log) : IStartupStep
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await databases.StartAsync(cancellationToken);
        if (databases.Strings.Owner is { Length: > 0 } owner)
        {
            await Migrations.MigrateAsync(owner, Migrations.Folder, log, cancellationToken);
        }
        else
        {
            await Migrations.CheckAsync(databases.Portal, Migrations.Folder, log, cancellationToken);
        }

        await databases.CheckRowSecurityAsync(cancellationToken);
        await keys.CheckAsync(databases.Accounts, cancellationToken);
    }
}
