using System.Buffers;
using System.IO.Compression;
using Microsoft.Net.Http.Headers;

namespace Portal.Web;

/// <summary>
/// Compresses responses where it pays off and is safe: never pages of signed-in people, which contain secrets beside
/// text that others may have written, and never streams.
/// </summary>
public static class Compression
{
    // Less fits into the packet that the headers need anyway.
    private const int WorthIt = 512;

    // Beyond it each step costs more time than it saves in transfer.
    private const int BrotliQuality = 5;

    extension(HttpRequest request)
    {
        /// <summary>The best encoding that the caller accepts; null: none, so the content is sent as it is.</summary>
        public string? BestCoding(params ReadOnlySpan<string> ours)
        {
            var wishes = request.GetTypedHeaders().AcceptEncoding;
            var (best, liking) = ((string?)null, 0d);
            foreach (var coding in ours)
            {
                var wish = wishes.FirstOrDefault(wish => wish.Value.Equals(coding, StringComparison.OrdinalIgnoreCase))
                    ?? wishes.FirstOrDefault(wish => wish.Value == "*");
                var quality = wish is null ? 0 : wish.Quality ?? 1;
                if (quality > liking)
                {
                    (best, liking) = (coding, quality);
                }
            }

            return best;
        }
    }

    /// <summary>
    /// Content in one piece, compressed if the caller accepts it. Its ETag is weak, because it is the same in each
    /// encoding.
    /// </summary>
    public static IResult Compressed(
        this HttpContext http,
        byte[] content,
        string contentType,
        EntityTagHeaderValue? tag = null
    )
    {
        var headers = http.Response.Headers;
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        if (content.Length >= WorthIt && http.Request.BestCoding("br", "gzip") is { } coding)
        {
            content = coding == "br" ? Brotli(content) : Gzip(content);
            headers.ContentEncoding = coding;
        }

        return TypedResults.Bytes(content, contentType, entityTag: tag);
    }

    private static byte[] Brotli(byte[] content)
    {
        var room = ArrayPool<byte>.Shared.Rent(BrotliEncoder.GetMaxCompressedLength(content.Length));
        try
        {
            return BrotliEncoder.TryCompress(content, room, out var length, BrotliQuality, window: 18)
                ? room[..length]
                : throw new InvalidOperationException("The buffer for compressed content was too small.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    private static byte[] Gzip(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }
}
