using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Conventions;

namespace Portal.Model;

/// <summary>
/// People who sign in, and their sessions. It has a database role of its own, because sign-in happens before a client
/// is known.
/// </summary>
public sealed class AccountsDb(DbContextOptions<AccountsDb> options) : IdentityUserContext<User, Guid>(options)
{
    public DbSet<Email> Emails => Set<Email>();
    public DbSet<AdminAlert> AdminAlerts => Set<AdminAlert>();
    public DbSet<Invitation> Invitations => Set<Invitation>();
    public DbSet<ChangeLog> ChangeLogs => Set<ChangeLog>();
    public DbSet<Client> Clients => Set<Client>();
    public DbSet<UserSession> Sessions => Set<UserSession>();
    public DbSet<EmailChange> EmailChanges => Set<EmailChange>();
    public DbSet<AdminToken> AdminTokens => Set<AdminToken>();

    // Our indexes are named in the migrations; the model contains only those.
    protected override void ConfigureConventions(ModelConfigurationBuilder conventions) =>
        conventions.Conventions.Remove<ForeignKeyIndexConvention>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        base.OnModelCreating(model);
        AdminToken.Map(model);
        model.ApplyConfiguration(new Email.Mapping());
        model.ApplyConfiguration(new AdminAlert.Mapping());
        model.ApplyConfiguration(new Invitation.Mapping());
        model.ApplyConfiguration(new ChangeLog.Mapping());
        model.ApplyConfiguration(new Client.Mapping());
        model.ApplyConfiguration(new UserSession.Mapping());
        model.ApplyConfiguration(new EmailChange.Mapping());

        // The naming convention does not change Identity's explicit names, so each is set here.
        model.Entity<User>(user =>
        {
            user.ToTable("users");
            user.Property(u => u.Role).HasConversion<string>();
            user.Property(u => u.CreatedAt).HasDefaultValueSql("now()");
            user.HasIndex(u => u.NormalizedUserName).IsUnique().HasDatabaseName("idx_users_normalized_user_name");
            user.HasIndex(u => u.NormalizedEmail).IsUnique().HasDatabaseName("idx_users_normalized_email");
            user.HasIndex(u => u.ClientId).HasDatabaseName("idx_users_client_id");
        });
        model
            .Entity<IdentityUserClaim<Guid>>()
            .ToTable("user_claims")
            .HasIndex(c => c.UserId)
            .HasDatabaseName("idx_user_claims_user_id");
        model
            .Entity<IdentityUserLogin<Guid>>()
            .ToTable("user_logins")
            .HasIndex(l => l.UserId)
            .HasDatabaseName("idx_user_logins_user_id");
        model.Entity<IdentityUserToken<Guid>>().ToTable("user_tokens");
        model
            .Entity<IdentityUserPasskey<Guid>>()
            .ToTable("user_passkeys")
            .HasIndex(p => p.UserId)
            .HasDatabaseName("idx_user_passkeys_user_id");
    }
}

/// <summary>The keys that protect cookies and links, shared by all replicas.</summary>
public sealed class KeysDb(DbContextOptions<KeysDb> options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();
}
