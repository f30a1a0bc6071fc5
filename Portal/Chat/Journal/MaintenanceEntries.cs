using NpgsqlTypes;

namespace Portal.Chat;

/// <summary>What has been streamed of an answer so far. It also renews the lease.</summary>
internal sealed class PartialEntry(MessageClaim.Acquired claim, string textSoFar) : JournalEntry<bool>(true)
{
    // A locked row is getting its outcome, or was taken over: in both cases this can be skipped.
    public static readonly JournalKind Writing = new JournalKind<PartialEntry, bool>(
        new JournalStatement<PartialEntry>(
            $"""
            WITH free AS (
                SELECT l.id, a.text FROM unnest($1, $2, $3) AS a (id, attempt, text) JOIN chat_logs l ON l.id = a.id AND l.attempt = a.attempt
                WHERE l.status = 'pending'
                FOR NO KEY UPDATE OF l SKIP LOCKED)
            UPDATE chat_logs l SET partial_response = free.text, lease_until = now() + interval '{Journal.LeaseSeconds} seconds'
            FROM free WHERE l.id = free.id
            """,
            columns =>
                columns
                    .Add(NpgsqlDbType.Uuid, entry => entry.Claim.MessageId)
                    .Add(NpgsqlDbType.Integer, entry => entry.Claim.Attempt)
                    .Add(NpgsqlDbType.Text, entry => entry.TextSoFar),
            Read: null
        )
    );

    public override JournalKind Kind => Writing;

    public override bool MayBeRefused => true;

    public override TimeSpan Patience => CallerPatience;

    private MessageClaim.Acquired Claim => claim;

    private string TextSoFar => textSoFar;
}

/// <summary>Renews the leases of these messages.</summary>
internal sealed class RenewalEntry(IReadOnlyCollection<Guid> messages) : JournalEntry<bool>(true)
{
    public static readonly JournalKind Writing = new JournalKind<RenewalEntry, bool>(
        new JournalStatement<RenewalEntry>(
            $"""
            WITH free AS (
                SELECT l.id FROM chat_logs l JOIN unnest($1) AS a (id) ON l.id = a.id WHERE l.status = 'pending'
                FOR NO KEY UPDATE OF l SKIP LOCKED)
            UPDATE chat_logs l SET lease_until = now() + interval '{Journal.LeaseSeconds} seconds' FROM free WHERE l.id = free.id
            """,
            columns => columns.AddAll(NpgsqlDbType.Uuid, entry => entry.Messages),
            Read: null
        )
    );

    public override JournalKind Kind => Writing;

    public override bool MayBeRefused => true;

    public override TimeSpan Patience => CallerPatience;

    private IReadOnlyCollection<Guid> Messages => messages;
}
