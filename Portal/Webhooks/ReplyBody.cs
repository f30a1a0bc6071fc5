using System.Buffers;
using System.IO.Pipelines;
using Portal.Model;

namespace Portal.Webhooks;

/// <summary>Reads a reply under a size limit and, for a stream, under an idle timeout.</summary>
internal sealed class ReplyBody(WebhookOptions options, string? path, TimeProvider clock) : IDisposable
{
    // Of an error's body only the beginning is useful.
    private const int MaxErrorBytes = 16 * 1024;

    // Only a stream can be idle, and few replies are streams.
    private CancellationTokenSource? _silence;
    private CancellationTokenSource? _either;
    private bool _isWhole;
    private long _searched;

    /// <summary>The body, or its beginning if it was too large; empty for a stream.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>Null for a reply in one piece.</summary>
    public ReplyStream? Stream { get; private set; }

    public bool FellSilent => _silence is { IsCancellationRequested: true };

    /// <returns>What stopped the reading before its end, or null.</returns>
    public async Task<WebhookErrorType?> ReadAsync(
        Stream body,
        bool isError,
        Func<string, CancellationToken, ValueTask>? onDelta,
        CancellationToken cancellationToken
    )
    {
        _isWhole = isError;
        var limit = isError ? MaxErrorBytes : options.MaxReplyBytes;
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));

        try
        {
            return await ReadAsync(pipe, limit, onDelta, cancellationToken);
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private async Task<WebhookErrorType?> ReadAsync(
        PipeReader pipe,
        int limit,
        Func<string, CancellationToken, ValueTask>? onDelta,
        CancellationToken cancellationToken
    )
    {
        for (var taken = 0L; ; )
        {
            if (Stream is not null)
            {
                _silence ??= new(Timeout.InfiniteTimeSpan, clock);
                _either ??= CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _silence.Token);
                _silence.CancelAfter(options.IdleTimeout);
            }

            if (await TryReadAsync(pipe, _either?.Token ?? cancellationToken) is not { } read)
            {
                return WebhookErrorType.Incomplete;
            }

            var rest = read.Buffer;
            while (TakeLine(ref rest, read.IsCompleted) is { } line)
            {
                if (Stream!.Add(line) is { Length: > 0 } delta && onDelta is not null)
                {
                    await onDelta(delta, cancellationToken);
                }
            }

            taken += read.Buffer.Length - rest.Length;
            var isTooLarge =
                rest.Length > limit || taken > options.MaxStreamBytes || Stream?.Length > options.MaxReplyBytes;
            if (isTooLarge || read.IsCompleted)
            {
                Bytes = rest.Slice(0, Math.Min(rest.Length, limit)).ToArray();
                return isTooLarge ? WebhookErrorType.TooLarge : null;
            }

            pipe.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static async Task<ReadResult?> TryReadAsync(PipeReader pipe, CancellationToken cancellationToken)
    {
        try
        {
            return await pipe.ReadAsync(cancellationToken);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            return null;
        }
    }

    // 0x0A is never part of another character in UTF-8, so lines can be split by bytes.
    private string? TakeLine(ref ReadOnlySequence<byte> rest, bool isEnd)
    {
        while (!_isWhole && rest.Length > 0)
        {
            var end = rest.Slice(_searched).PositionOf((byte)'\n');
            if (end is null && !isEnd)
            {
                // If a line arrives byte by byte, it is not searched from its beginning each time.
                _searched = rest.Length;
                return null;
            }

            _searched = 0;

            var line = UpstreamText.Decode(rest.Slice(0, end ?? rest.End).ToArray());
            if (Stream is null && !string.IsNullOrWhiteSpace(line))
            {
                if (!ReplyStream.IsEvent(line))
                {
                    _isWhole = true;
                    return null;
                }

                Stream = new ReplyStream(path);
            }

            rest = end is { } newline ? rest.Slice(rest.GetPosition(1, newline)) : rest.Slice(rest.End);
            if (Stream is not null)
            {
                return line;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _either?.Dispose();
        _silence?.Dispose();
    }
}
