using System.Collections.Concurrent;
using Npgsql;

namespace Portal.Data;

/// <summary>
/// Signals between replicas through PostgreSQL's LISTEN and NOTIFY: a few words about something in the database. A
/// signal may be lost with its connection, so nothing relies on signals alone: those who wait for one also poll,
/// slowly, and caches check <see cref="IsFresh"/>.
/// </summary>
public sealed partial class Signals(Databases databases, TimeProvider clock, ILogger<Signals> log) : BackgroundService
{
    /// <summary>A widget has changed in a way that visitors can see; the widget's id.</summary>
    public const string Widgets = "portal_widgets";

    /// <summary>A client was renamed, suspended or deleted; the client's id.</summary>
    public const string Clients = "portal_clients";

    /// <summary>A message has got its outcome from elsewhere; the message's id.</summary>
    public const string Answers = "portal_answers";

    /// <summary>A visitor stopped an answer; the message's id.</summary>
    public const string Stops = "portal_stops";

    /// <summary>An email is queued.</summary>
    public const string Mails = "portal_mails";

    /// <summary>A person's sessions have ended, or the person was deleted; the person's id.</summary>
    public const string People = "portal_people";

    /// <summary>A recently active conversation was revoked or deleted; its id.</summary>
    public const string Conversations = "portal_conversations";

    private static readonly string[] All = [Widgets, Clients, Answers, Stops, Mails, People, Conversations];

    /// <summary>How old cached values may be while signals are down.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ProbeEvery = Freshness / 4;
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    // Seconds. A frozen server must not block us longer than caches may live.
    private const int Patience = 1;

    private readonly ConcurrentDictionary<Subscription, byte> _subscriptions = new();
    private long _heardUntil;

    /// <summary>Whether signals work right now.</summary>
    public bool IsListening => IsRecent(Volatile.Read(ref _heardUntil));

    /// <summary>
    /// Whether every signal about something read at this timestamp would have arrived by now, or the value is recent.
    /// </summary>
    public bool IsFresh(long readAt) => IsListening || IsRecent(readAt);

    /// <param name="heard">Runs on the listening loop: it must be quick, and must not throw.</param>
    /// <param name="missed">Runs when signals come again after a time in which they did not.</param>
    public IDisposable Subscribe(string channel, Action<string> heard, Action? missed = null)
    {
        if (!All.Contains(channel))
        {
            throw new ArgumentException($"{channel} is not listened to.", nameof(channel));
        }

        var subscription = new Subscription(this, channel, heard, missed);
        _subscriptions[subscription] = 0;
        return subscription;
    }

    /// <summary>Signals to every replica, including this one.</summary>
    public async Task SendAsync(string channel, string payload, CancellationToken cancellationToken)
    {
        await using var command = databases.Portal.CreateCommand("SELECT pg_notify($1, $2)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = channel });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = payload });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken cancellationToken)
    {
        var isFirst = true;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(cancellationToken);
            }
            catch (Exception error)
                when (!cancellationToken.IsCancellationRequested
                    && error
                        is NpgsqlException
                            or TimeoutException
                            or OperationCanceledException
                            or System.Net.Sockets.SocketException
                )
            {
                if (Interlocked.Exchange(ref _heardUntil, 0) != 0 || isFirst)
                {
                    Lost(error.Message);
                }
            }

            isFirst = false;
            await Task.Delay(RetryAfter, clock, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(databases.Strings.Listen);
        var nonce = Guid.NewGuid().ToString("N");
        var heardOurselves = false;
        connection.Notification += (_, signal) =>
        {
            heardOurselves |= signal.Payload == nonce;
            Hear(signal.Channel, signal.Payload);
        };

        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), clock))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken))
        {
            await connection.OpenAsync(either.Token);
        }

        // A pooler in transaction mode accepts a LISTEN and forgets it, so it does not count until our own signal has
        // arrived.
        var probe = $"portal_probe_{nonce}";
        await ExecuteAsync(
            connection,
            string.Join("; ", All.Append(probe).Select(channel => $"LISTEN {channel}")),
            cancellationToken
        );
        await ExecuteAsync(connection, $"NOTIFY {probe}, '{nonce}'", cancellationToken);
        await ExecuteAsync(connection, "SELECT", cancellationToken);
        if (!heardOurselves)
        {
            throw new NpgsqlException(
                "a pooler stands between us and PostgreSQL: set ConnectionStrings:Listen to a direct connection."
            );
        }

        await ExecuteAsync(connection, $"UNLISTEN {probe}", cancellationToken);
        foreach (var subscription in _subscriptions.Keys)
        {
            subscription.Missed?.Invoke();
        }

        while (true)
        {
            // PostgreSQL delivers earlier signals before the response to this query.
            var asked = clock.GetTimestamp();
            await ExecuteAsync(connection, "SELECT", cancellationToken);
            Volatile.Write(ref _heardUntil, asked);
            await connection.WaitAsync(ProbeEvery, cancellationToken);
        }
    }

    private void Hear(string channel, string payload)
    {
        foreach (var subscription in _subscriptions.Keys)
        {
            if (subscription.Channel == channel)
            {
                subscription.Heard(payload);
            }
        }
    }

    private bool IsRecent(long timestamp) => timestamp != 0 && clock.GetElapsedTime(timestamp) < Freshness;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = Patience };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Signals from other replicas are not received, so cached values live for one second only: {Why}"
    )]
    private partial void Lost(string why);

    private sealed record Subscription(Signals Signals, string Channel, Action<string> Heard, Action? Missed)
        : IDisposable
    {
        public void Dispose() => Signals._subscriptions.TryRemove(this, out _);

        // Two subscribers with equal handlers are still two.
        public bool Equals(Subscription? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}
