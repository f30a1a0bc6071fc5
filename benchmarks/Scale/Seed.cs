using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Portal.Model;

namespace Scale;

/// <summary>
/// Clients, widgets and what their visitors said, made by PostgreSQL itself: a million rows in a minute or two, the
/// same in every run but for their age.
/// </summary>
internal sealed class Seed(NpgsqlConnectionStringBuilder database) : IAsyncDisposable
{
    // What SearchIndexJob makes of messages.
    private const string Found =
        "INSERT INTO chat_search (chat_log_id, client_id, session_id, created_at, changed_at, said) "
        + "SELECT id, client_id, session_id, created_at, changed_at, search_text(message || ' ' || response) FROM chat_logs";

    private readonly NpgsqlDataSource _superuser = NpgsqlDataSource.Create(database.ConnectionString);

    public static Guid Client(int n) => Id($"client{n}");

    public static Guid Widget(int n) => Id($"widget{n}");

    /// <summary>Widgets in turn over the clients, each with a long enough config to be real.</summary>
    public Task ClientsAsync(Tenants of) =>
        ExecuteAsync(
            $$"""
            SET session_replication_role = replica;
            INSERT INTO clients (id, name, time_zone) SELECT md5('client' || {{of.BeforeClients}} + n)::uuid, 'Client ' || {{of.BeforeClients}} + n, 'Europe/Berlin' FROM generate_series(1, {{of.Clients}}) n;
            INSERT INTO widgets (id, client_id, name, config, webhook_url, widget_secret)
            SELECT {{of.WidgetId("n")}}, {{of.ClientId("n")}}, 'Assistant ' || {{of.BeforeWidgets}} + n,
                   jsonb_build_object('texts', jsonb_build_object('title', 'Assistant ' || n), 'bot', jsonb_build_object('prompt', repeat('You are the assistant of a furniture shop. ', 20))),
                   'https://n8n.example/webhook/x', 'x'
            FROM generate_series(1, {{of.Widgets}}) n;
            """
        );

    /// <summary>Conversations without their messages, which lists do not read.</summary>
    public Task ConversationsAsync(int conversations, Tenants of) =>
        ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            INSERT INTO visitor_sessions (client_id, widget_id, visitor_id, origin, expires_at, message_count, first_message, last_message_at)
            SELECT {of.ClientId("w")}, {of.WidgetId(
                "w"
            )}, md5(n::text), 'https://shop.example', now(), 1 + n % 7, 'When do you open on day ' || n || '?', now() - n * interval '7 seconds'
            FROM (SELECT n, 1 + ((n * 7919::bigint) % {of.Widgets})::integer AS w FROM generate_series(1, {conversations}) n) AS numbered;
            """
        );

    /// <summary>
    /// Messages in conversations of one to seven, spread evenly over the days before <paramref name="until"/>. Two in
    /// five are one of 200 usual questions, the rest are free words; two of a hundred failed, seven were rated.
    /// "delivery" is in every tenth answer, "zanzibar" in one of 50,000.
    /// </summary>
    public Task MessagesAsync(int messages, Tenants of, double days, DateTime until) =>
        ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            SELECT setseed(0.4);
            CREATE TEMP TABLE words AS SELECT n, substr(translate(md5(n::text), '0123456789', 'aeioulnrst'), 1, 3 + n % 7) AS word FROM generate_series(1, 6000) n;
            -- Some words are said far more often than others.
            CREATE TEMP TABLE phrases AS
            SELECT p AS n, string_agg(w.word, ' ' ORDER BY place) AS phrase
            FROM generate_series(1, 4000) p, generate_series(1, 18) place, LATERAL (SELECT 1 + floor(6000 * power(random(), 3) + 0 * (p + place))::integer AS pick) picked JOIN words w ON w.n = pick
            GROUP BY p;
            CREATE UNIQUE INDEX ON phrases (n);

            CREATE TEMP TABLE said AS
            SELECT gen_random_uuid() AS id, c.session, c.w, c.starts + i * interval '40 seconds' AS at, random() AS r, random() AS rated, c.n * 7 + i AS m
            FROM (SELECT n, gen_random_uuid() AS session, 1 + ((n * 7919::bigint) % {of.Widgets})::integer AS w,
                         @until - (n::double precision * 4 / {messages} * {days.ToString(
                System.Globalization.CultureInfo.InvariantCulture
            )}) * interval '1 day' AS starts
                  FROM generate_series(1, {messages} / 4) n) c, generate_series(1, 1 + c.n % 7) i;

            INSERT INTO chat_logs (id, client_id, widget_id, session_id, client_message_id, user_id, message, response, status, confidence, feedback, created_at, recorded_at, answered_at, feedback_at, latency_ms, page_url, page_title)
            SELECT s.id, {of.ClientId("s.w")}, {of.WidgetId("s.w")}, s.session, gen_random_uuid(), md5(s.session::text),
                   CASE WHEN s.m % 5 < 2 THEN 'Do you have ' || (SELECT left(phrase, 24) FROM phrases WHERE n = 1 + s.m % 200) || '?' ELSE left(p.phrase, 20 + s.m % 60) || '?' END,
                   CASE WHEN s.m % 10 = 3 THEN 'We bring every delivery upstairs. ' WHEN s.m % 50000 = 17 THEN 'From Zanzibar, with love. ' ELSE '' END || p.phrase || ' ' || q.phrase || '. Your number is ' || s.m || '.',
                   CASE WHEN s.r < 0.02 THEN 'failed' ELSE 'answered' END, 0.3 + 0.7 * s.r, CASE WHEN s.rated < 0.05 THEN 'up' WHEN s.rated < 0.07 THEN 'down' END,
                   s.at, s.at, s.at + interval '2 seconds', CASE WHEN s.rated < 0.07 THEN s.at + interval '1 minute' END, 500 + (s.r * 6000)::integer, 'https://shop.example/sofas/' || s.m % 900, 'Sofas, page ' || s.m % 900
            FROM said s JOIN phrases p ON p.n = 1 + (s.m * 31::bigint) % 4000 JOIN phrases q ON q.n = 1 + (s.m * 17::bigint / 4000) % 4000
            ORDER BY s.at;

            INSERT INTO visitor_sessions (id, client_id, widget_id, visitor_id, origin, locale, created_at, last_seen_at, expires_at, message_count, failed_count, up_count, down_count, lowest_confidence, first_message, last_message_at)
            SELECT l.session_id, min(l.client_id::text)::uuid, min(l.widget_id::text)::uuid, min(l.user_id), 'https://shop.example', 'en', min(l.created_at), max(l.created_at), max(l.created_at) + interval '1 day', count(*),
                   count(*) FILTER (WHERE l.status = 'failed'), count(*) FILTER (WHERE l.feedback = 'up'), count(*) FILTER (WHERE l.feedback = 'down'), min(l.confidence),
                   (array_agg(left(l.message, 200) ORDER BY l.created_at))[1], max(l.created_at)
            FROM chat_logs l JOIN said USING (id) GROUP BY l.session_id;

            INSERT INTO webhook_errors (client_id, widget_id, chat_log_id, error_type, error_message, status_code, latency_ms, occurred_at)
            SELECT l.client_id, l.widget_id, l.id, 'workflow_error', 'Error in workflow', 500, l.latency_ms, l.created_at + interval '1 second' FROM chat_logs l JOIN said USING (id) WHERE l.status = 'failed';

            DROP TABLE words, phrases, said;
            """,
            new NpgsqlParameter("until", until)
        );

    /// <summary>
    /// Without the indexes that only reading needs, and without what a crash would need: millions of rows with random
    /// ids take a tenth of the time, and the indexes are built in one go at the end.
    /// </summary>
    public async Task InBulkAsync(Func<Task> write)
    {
        var indexes = await ReadAsync<string>(
            """
            SELECT indexdef FROM pg_indexes i
            WHERE tablename IN ('chat_logs', 'visitor_sessions', 'webhook_errors') AND indexdef NOT LIKE 'CREATE UNIQUE%'
            """
        );
        string[] bulk = ["full_page_writes = off", "max_wal_size = '16GB'", "checkpoint_timeout = '30min'"];
        foreach (var setting in bulk)
        {
            await ExecuteAsync($"ALTER SYSTEM SET {setting}");
        }

        await ExecuteAsync("SELECT pg_reload_conf()");
        foreach (var index in indexes)
        {
            await ExecuteAsync($"DROP INDEX {index.Split(' ')[2]}");
        }

        await write();
        await ExecuteAsync(
            $"SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 2; {string.Join("; ", indexes)}"
        );
        foreach (var setting in bulk)
        {
            await ExecuteAsync($"ALTER SYSTEM RESET {setting.Split(' ')[0]}");
        }

        await ExecuteAsync("SELECT pg_reload_conf()");
        await ExecuteAsync("CHECKPOINT");
    }

    /// <summary>An expired demo of the first client, found and counted as the jobs leave it.</summary>
    public async Task DemoAsync(int messages, Tenants of)
    {
        await ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            INSERT INTO widgets (id, client_id, name, config, webhook_url, widget_secret)
            SELECT {of.WidgetId("1")}, {of.ClientId("1")}, 'A demo', '{"{}"}', 'https://n8n.example/webhook/x', 'x'
            """
        );
        await MessagesAsync(messages, of, 30, DateTime.UtcNow.AddDays(-60));
        await ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            {Found} WHERE widget_id = {of.WidgetId(
                "1"
            )};
            UPDATE widgets SET is_demo = true, expires_at = now() - interval '1 year' WHERE id = {of.WidgetId("1")}
            """
        );
    }

    /// <summary>
    /// What SearchIndexJob would make of every message, with the index built in one go, and every day noted for the
    /// daily totals.
    /// </summary>
    public Task IndexAsync() =>
        ExecuteAsync(
            $"""
            SET session_replication_role = replica;
            SET maintenance_work_mem = '2GB';
            SET max_parallel_maintenance_workers = 2;
            DROP INDEX idx_chat_search_client_id_said;
            {Found};
            CREATE INDEX idx_chat_search_client_id_said ON chat_search USING gin (client_id, search_grams(said));
            ALTER INDEX idx_chat_search_client_id_said ALTER COLUMN 2 SET STATISTICS 0;
            INSERT INTO analytics_due (widget_id, client_id, date)
            SELECT DISTINCT l.widget_id, l.client_id, (l.created_at AT TIME ZONE c.time_zone)::date FROM chat_logs l JOIN clients c ON c.id = l.client_id;
            UPDATE watermarks SET changed_at = now() WHERE name = 'chat_logs'
            """
        );

    /// <summary>A day of its own, read by the jobs as if it had been said just now.</summary>
    public async Task DayAsync(int messages, Tenants of, int daysAgo)
    {
        await MessagesAsync(messages, of, 0.9, DateTime.UtcNow.Date.AddDays(-daysAgo).AddHours(22));
        await ExecuteAsync(
            "UPDATE chat_logs SET recorded_at = now() WHERE created_at < @until AND created_at >= @since",
            new NpgsqlParameter("since", DateTime.UtcNow.Date.AddDays(-daysAgo - 1)),
            new NpgsqlParameter("until", DateTime.UtcNow.Date.AddDays(-daysAgo + 2))
        );
    }

    /// <summary>Has the portal's own clock leave these jobs to us: some replica is said to run them.</summary>
    public Task LeaveJobsAsync(params string[] jobs) =>
        ExecuteAsync(
            $$"""
            DELETE FROM job_runs WHERE job = ANY ('{{{string.Join(',', jobs)}}}') AND finished_at IS NULL;
            INSERT INTO job_runs (id, job, period, lease_until)
            SELECT gen_random_uuid(), job, now() - interval '1 year', now() + interval '1 day' FROM unnest('{{{string.Join(
                ',',
                jobs
            )}}}'::text[]) AS job
            """
        );

    public Task VacuumAsync() => ExecuteAsync("VACUUM ANALYZE");

    /// <summary>Somebody who can sign in: an owner, or an admin where there is no client.</summary>
    public Task PersonAsync(Guid? client, string email, string passwordHash) =>
        ExecuteAsync(
            """
            INSERT INTO users (id, client_id, role, display_name, user_name, normalized_user_name, email, normalized_email, email_confirmed, password_hash, security_stamp, phone_number_confirmed, two_factor_enabled, lockout_enabled, access_failed_count)
            VALUES (gen_random_uuid(), @client, CASE WHEN @client IS NULL THEN 'Admin' ELSE 'Owner' END, 'Maya', @email, upper(@email), @email, upper(@email), true, @hash, gen_random_uuid()::text, false, false, true, 0)
            """,
            new NpgsqlParameter<Guid?>("client", client),
            new NpgsqlParameter("email", email),
            new NpgsqlParameter("hash", passwordHash)
        );

    public async Task ExecuteAsync(string sql, params NpgsqlParameter[] values)
    {
        await using var connection = await _superuser.OpenConnectionAsync();
        // One after the other: a batch with parameters would be prepared, and its temporary tables are not there yet.
        foreach (
            var statement in values.Length == 0
                ? [sql]
                : sql.Split(";\n", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            await using var command = new NpgsqlCommand(statement, connection);
            command.Parameters.AddRange(
                values
                    .Where(value => statement.Contains('@' + value.ParameterName, StringComparison.Ordinal))
                    .Select(value => value.Clone())
                    .ToArray()
            );
            await command.ExecuteNonQueryAsync();
        }
    }

    public async Task<T[]> ReadAsync<T>(string sql)
    {
        await using var command = _superuser.CreateCommand(sql);
        await using var row = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await row.ReadAsync())
        {
            values.Add(row.GetFieldValue<T>(0));
        }

        return [.. values];
    }

    // As PostgreSQL reads md5('…')::uuid.
    private static Guid Id(string text) =>
#pragma warning disable CA5351 // a name, not a secret
        new(MD5.HashData(Encoding.UTF8.GetBytes(text)), bigEndian: true);
#pragma warning restore CA5351

    public ValueTask DisposeAsync() => _superuser.DisposeAsync();
}

/// <summary>Clients and the widgets that they share in turn, numbered on from those that stand before them.</summary>
internal sealed record Tenants(int Clients, int Widgets, int BeforeClients = 0, int BeforeWidgets = 0)
{
    /// <summary>SQL for the id of the client that has the nth of these widgets.</summary>
    public string ClientId(string n) => $"md5('client' || {BeforeClients} + 1 + ({n} - 1) % {Clients})::uuid";

    /// <summary>SQL for the id of the nth of these widgets.</summary>
    public string WidgetId(string n) => $"md5('widget' || {BeforeWidgets} + {n})::uuid";
}
