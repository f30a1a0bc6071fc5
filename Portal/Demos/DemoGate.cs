using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Infrastructure;
using Portal.Model;

namespace Portal.Demos;

/// <summary>Holds a demo to its limits where messages come in. What a demo's makers try themselves is not the prospect's.</summary>
public sealed class DemoGate(TenantReader reader, DemoTicket ticket)
{
    public enum Entry
    {
        Open,

        /// <summary>Not through the link's page, or without its passcode.</summary>
        Closed,
        UsedUp,
    }

    /// <summary>Whether a conversation with this widget may begin.</summary>
    public async Task<Entry> EnterAsync(LiveWidget widget, HttpContext http, CancellationToken abort)
    {
        if (widget.Demo is not { } demo || widget.IsPreview || IsTheirs(widget, http))
        {
            return Entry.Open;
        }

        if (!ticket.IsGood(http.Request, widget.Id, demo.Link, demo.PasscodeHash))
        {
            return Entry.Closed;
        }

        var isLeft = await reader.ReadAsync(widget.ClientId, db => db.DemoLinks.AnyAsync(link => link.Id == demo.Link && link.Messages < link.MessageCap, abort));
        return isLeft ? Entry.Open : Entry.UsedUp;
    }

    /// <summary>Somebody who works on the widget, in the portal.</summary>
    public static bool IsTheirs(LiveWidget widget, HttpContext http) => http.User.ClientId == widget.ClientId;

    /// <summary>Counts a message, unless none are left. One that is sent again is counted once.</summary>
    public async Task<bool> TakeAsync(LiveWidget widget, NewMessage message, CancellationToken abort)
    {
        if (widget.Demo is not { } demo || widget.IsPreview)
        {
            return true;
        }

        var taken = await reader.ReadAsync(widget.ClientId, db => db.Database.SqlQuery<bool>(
            $"""
            WITH known AS (
                SELECT FROM chat_logs WHERE session_id = {message.SessionId} AND client_message_id = {message.ClientMessageId}
                UNION ALL
                SELECT FROM visitor_sessions WHERE id = {message.SessionId} AND kind <> 'demo'),
            taken AS (
                UPDATE demo_links SET messages = messages + 1 WHERE id = {demo.Link} AND messages < message_cap AND NOT EXISTS (SELECT FROM known) RETURNING 1)
            SELECT EXISTS (SELECT FROM known) OR EXISTS (SELECT FROM taken) AS "Value"
            """).ToListAsync(abort));
        return taken.Single();
    }
}
