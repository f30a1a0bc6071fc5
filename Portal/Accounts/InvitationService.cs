using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Hosting;
using Portal.Limits;
using Portal.Mail;
using Portal.Model;

namespace Portal.Accounts;

/// <summary>Invites people, creates their links, and turns an opened link into an account.</summary>
public sealed class InvitationService(
    AccountsDb db,
    UserManager<User> users,
    LinkTokens tokens,
    AuditLog audit,
    PortalOptions portal,
    IOptions<MailOptions> mail,
    ActionLimits limits,
    TimeProvider clock
)
{
    /// <summary>Invites a person into a client's team; null when they are in it or invited already.</summary>
    /// <exception cref="LimitExceededException">When too many people were invited or too many emails sent.</exception>
    public async Task<Invitation?> InviteAsync(
        Guid client,
        string email,
        string name,
        UserRole role,
        Guid by,
        string byName,
        CancellationToken cancellationToken
    )
    {
        var normalized = users.NormalizeEmail(email)!;
        if (
            await db.Users.AnyAsync(
                user => user.ClientId == client && user.NormalizedEmail == normalized,
                cancellationToken
            )
        )
        {
            return null;
        }

        (await limits.InvitationAsync(by, client, email, CanMail, cancellationToken)).OrThrow();
        var invitation = Invitation.To(client, email, name, role, by, byName, clock.GetUtcNow());
        invitation.Keep(tokens.Mint());
        db.Add(invitation);
        audit.Add(
            db,
            client,
            AuditAction.Invited,
            new(invitation.Id, name),
            AuditChange.Email(null, email),
            AuditChange.Role(null, role)
        );
        Mail(invitation);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return invitation;
        }
        catch (DbUpdateException error)
            when (error.InnerException is Npgsql.PostgresException { ConstraintName: "idx_invitations_open" })
        {
            db.ChangeTracker.Clear();
            return null;
        }
    }

    /// <summary>Whether invitations are emailed. Otherwise their links are handed over.</summary>
    public bool CanMail => mail.Value.IsConfigured;

    /// <summary>Sends the email again; its link is valid for a week from now.</summary>
    /// <exception cref="LimitExceededException">When too many emails were sent.</exception>
    public async Task ResendAsync(Invitation invitation, Guid by, CancellationToken cancellationToken)
    {
        (await limits.MailAsync(by, invitation.ClientId, invitation.Email, cancellationToken)).OrThrow();
        invitation.Renew(clock.GetUtcNow());
        audit.Add(
            db,
            invitation.ClientId,
            AuditAction.InvitationResent,
            new(invitation.Id, invitation.DisplayName),
            AuditChange.Email(null, invitation.Email)
        );
        Mail(invitation);
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>
    /// Handles a sign-up. It does not look up whether there is an account already; the email says so.
    /// </summary>
    public async Task SignUpAsync(string business, string email, string name, CancellationToken cancellationToken)
    {
        var invitation = Invitation.SignUp(business, email, name, clock.GetUtcNow());
        invitation.Keep(tokens.Mint());
        db.Add(invitation);
        Mail(invitation);
        await db.SaveChangesAsync(cancellationToken);
    }

    private void Mail(Invitation invitation)
    {
        if (CanMail)
        {
            db.Add(
                new Email
                {
                    ClientId = invitation.ClientId,
                    Template = InvitationEmail.Template,
                    ToAddress = invitation.Email,
                    ToName = invitation.DisplayName,
                    About = invitation.Id,
                }
            );
        }
    }

    /// <summary>The link to hand over where no email can be sent; valid for a week from now.</summary>
    public async Task<Uri> LinkAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        if (CanMail)
        {
            throw new InvalidOperationException(
                "Where mail is configured, a link goes to the mailbox of the invited and nowhere else."
            );
        }

        var now = clock.GetUtcNow();
        invitation.Renew(now);
        invitation.Sent(now);
        invitation.HandOver();
        var link = LinkOf(invitation);
        audit.Add(
            db,
            invitation.ClientId,
            AuditAction.InvitationLinked,
            new(invitation.Id, invitation.DisplayName),
            AuditChange.Email(null, invitation.Email)
        );
        await db.SaveChangesAsync(cancellationToken);
        return link;
    }

    /// <summary>
    /// The invitation's only link. The caller must save, because an old invitation without a stored link gets one here.
    /// </summary>
    internal Uri LinkOf(Invitation invitation)
    {
        var token = tokens.Open(invitation.TokenSealed);
        if (token is null)
        {
            invitation.Keep(tokens.Mint());
            token = tokens.Open(invitation.TokenSealed);
        }

        return portal.Link($"/account/welcome?t={token}");
    }

    public async Task RevokeAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        invitation.Revoke(clock.GetUtcNow());
        audit.Add(
            db,
            invitation.ClientId,
            AuditAction.InvitationRevoked,
            new(invitation.Id, invitation.DisplayName),
            AuditChange.Email(invitation.Email, null)
        );
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>The invitation that a link opens, or null when the link is no longer valid.</summary>
    public async Task<Invitation?> OpenAsync(string? token, CancellationToken cancellationToken)
    {
        if (
            LinkToken.HashOf(token) is not { } hash
            || await db.Invitations.SingleOrDefaultAsync(i => i.TokenHash == hash, cancellationToken)
                is not { } invitation
        )
        {
            return null;
        }

        var mayJoin =
            invitation.IsSignUp
            || await db.Clients.AnyAsync(
                client => client.Id == invitation.ClientId && client.SuspendedAt == null,
                cancellationToken
            );
        return mayJoin && invitation.IsOpen(clock.GetUtcNow()) ? invitation : null;
    }

    /// <summary>The name of the client that the invited person will belong to.</summary>
    public async Task<string> BusinessAsync(Invitation invitation, CancellationToken cancellationToken) =>
        invitation.Business
        ?? (
            await db.Clients.AsNoTracking().SingleAsync(client => client.Id == invitation.ClientId, cancellationToken)
        ).Business;

    /// <summary>Whether there is an account with this address already: one address belongs to one client.</summary>
    public async Task<bool> IsTakenAsync(string email) => await users.FindByEmailAsync(email) is not null;

    /// <summary>
    /// Creates the account and, for a sign-up, its client. Of two requests with the same link, one gets null.
    /// </summary>
    public Task<(IdentityResult Result, User? User)?> AcceptAsync(
        Invitation invitation,
        string name,
        string password,
        CancellationToken cancellationToken
    ) => AcceptAsync(invitation, name, user => users.CreateAsync(user, password), cancellationToken);

    /// <summary>The same for a person who signs in with a passkey alone; null when another request was first.</summary>
    public async Task<User?> AcceptAsync(
        Invitation invitation,
        string name,
        UserPasskeyInfo passkey,
        CancellationToken cancellationToken
    ) =>
        (
            await AcceptAsync(
                invitation,
                name,
                async user =>
                {
                    var made = await users.CreateAsync(user);
                    return made.Succeeded ? await users.AddOrUpdatePasskeyAsync(user, passkey) : made;
                },
                cancellationToken
            )
        )?.User;

    private async Task<(IdentityResult Result, User? User)?> AcceptAsync(
        Invitation invitation,
        string name,
        Func<User, Task<IdentityResult>> create,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var now = clock.GetUtcNow();
        var mine = await db
            .Invitations.Where(i =>
                i.Id == invitation.Id
                && i.TokenHash == invitation.TokenHash
                && i.AcceptedAt == null
                && i.RevokedAt == null
            )
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(i => i.AcceptedAt, now)
                        .SetProperty(i => i.TokenHash, (byte[]?)null)
                        .SetProperty(i => i.TokenSealed, (string?)null),
                cancellationToken
            );
        if (mine == 0)
        {
            return null;
        }

        var client = invitation.ClientId;
        if (client is null)
        {
            var made = new Client(invitation.Business!) { ContactEmail = invitation.Email };
            db.Add(made);
            client = made.Id;
            await db.SaveChangesAsync(cancellationToken);
        }

        var user = new User
        {
            Id = invitation.Id,
            ClientId = client,
            Role = invitation.Role,
            DisplayName = name,
            UserName = invitation.Email,
            Email = invitation.Email,
            EmailConfirmed = !invitation.HandedOver,
            CreatedAt = now,
        };
        var result = await create(user);
        if (!result.Succeeded)
        {
            return (result, null);
        }

        if (invitation.IsSignUp)
        {
            audit.Add(db, user, AuditAction.ClientCreated, new Subject(client, invitation.Business));
        }

        audit.Add(db, user, AuditAction.Joined, Subject.None, AuditChange.Role(null, user.Role));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (result, user);
    }
}
