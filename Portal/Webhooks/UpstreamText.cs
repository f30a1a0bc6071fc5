using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Portal.Webhooks;

/// <summary>Makes bytes and texts of other servers safe for our JSON, database and pages.</summary>
public static partial class UpstreamText
{
    public const int DetailMaxLength = 2048;

    // What PostgreSQL, or the encoder before it, refuses: U+0000 and lone surrogates. Other control characters only do
    // harm.
    public static string Clean(string text)
    {
        if (!NeedsCleaning(text))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsControl(rune) || rune.Value is '\n' or '\t')
            {
                clean.Append(rune);
            }
        }

        return clean.ToString();
    }

    // A quick check for plain ASCII, as most texts are.
    private static bool NeedsCleaning(ReadOnlySpan<char> text) =>
        text.ContainsAnyExceptInRange(' ', '~')
        && (text.ContainsAny(s_suspects) || text.ContainsAnyInRange('\ud800', '\udfff'));

    private static readonly SearchValues<char> s_suspects = SearchValues.Create([
        .. Enumerable
            .Range(0, 0xa0)
            .Select(code => (char)code)
            .Where(c => char.IsControl(c) && c is not ('\n' or '\t')),
    ]);

    private static readonly SearchValues<byte> s_plain = SearchValues.Create([
        .. Enumerable.Range(0x20, 0x5f).Select(code => (byte)code),
        (byte)'\n',
        (byte)'\r',
        (byte)'\t',
    ]);

    /// <summary>
    /// The same text in UTF-8, read by the charset that its Content-Type names. Without one, or with one that nobody
    /// knows, it is UTF-8 already.
    /// </summary>
    internal static Stream AsUtf8(Stream body, string? charset) =>
        EncodingOf(charset) is { } encoding
            ? Encoding.CreateTranscodingStream(body, encoding, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false))
            : body;

    // As browsers do: declared Latin-1 or ASCII is read as Windows-1252, which has the quotation marks and the euro.
    private static Encoding? EncodingOf(string? charset)
    {
        var name = charset?.Trim('"', '\'', ' ').ToLowerInvariant() switch
        {
            null or "" or "utf-8" or "utf8" or "unicode-1-1-utf-8" => null,
            "iso-8859-1"
            or "iso8859-1"
            or "iso_8859-1"
            or "latin1"
            or "latin-1"
            or "l1"
            or "us-ascii"
            or "ascii"
            or "cp1252"
            or "x-cp1252" => "windows-1252",
            var other => other,
        };
        try
        {
            return name is null
                ? null
                : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>From UTF-8; invalid bytes become U+FFFD.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
        return text.Contains('\0', StringComparison.Ordinal) ? text.Replace("\0", "", StringComparison.Ordinal) : text;
    }

    /// <summary>Whether these bytes are an image, an archive or the like, not text.</summary>
    internal static bool IsBinary(ReadOnlySpan<byte> bytes)
    {
        if (!bytes[..Math.Min(bytes.Length, 1024)].ContainsAnyExcept(s_plain))
        {
            return bytes.StartsWith("%PDF-"u8);
        }

        var start = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 1024)]);
        var odd = start.Count(c => c == '\uFFFD' || (char.IsControl(c) && c is not ('\n' or '\r' or '\t')));
        return bytes.StartsWith("%PDF-"u8)
            || bytes.StartsWith("PK\u0003\u0004"u8)
            || bytes is [0x1f, 0x8b, ..]
            || (odd > 3 && odd * 10 > start.Length);
    }

    /// <summary>
    /// JSON may escape half an emoji, which no string can hold: <c>GetString</c> would throw. Such escapes become
    /// <c>\ufffd</c>, or with <paramref name="keepHalves"/> what <see cref="JoinHalves"/> makes the half of again.
    /// </summary>
    internal static string MendEscapes(string json, bool keepHalves = false)
    {
        if (!json.Contains("\\ud", StringComparison.OrdinalIgnoreCase))
        {
            return json;
        }

        var mended = new StringBuilder(json.Length);
        for (var i = 0; i < json.Length; )
        {
            var length =
                json[i] != '\\' ? 1
                : Escaped(json, i) is null ? 2
                : 6;
            if (length == 6 && Escaped(json, i) is { } unit && char.IsSurrogate(unit))
            {
                var whole = char.IsHighSurrogate(unit) && Escaped(json, i + 6) is { } low && char.IsLowSurrogate(low);
                mended.Append(
                    whole ? json.AsSpan(i, 12)
                    : keepHalves ? $"{Half}{(int)unit:x4}"
                    : "\\ufffd"
                );
                i += whole ? 12 : 6;
                continue;
            }

            length = Math.Min(length, json.Length - i);
            mended.Append(json.AsSpan(i, length));
            i += length;
        }

        return mended.ToString();
    }

    /// <summary>
    /// The text of one piece of a stream, with the half of an emoji that the piece before it ended with. The half that
    /// it ends with itself is left in <paramref name="half"/>.
    /// </summary>
    internal static string JoinHalves(string piece, ref string half)
    {
        var text =
            half
            + (
                piece.Contains(Half)
                    ? HalfPattern().Replace(piece, found => $"{(char)Convert.ToInt32(found.Groups[1].Value, 16)}")
                    : piece
            );
        half = text is [.., var last] && char.IsHighSurrogate(last) ? $"{last}" : "";
        return text[..^half.Length];
    }

    // Unicode defines it as no character, so no text contains it.
    private const char Half = '\ufdd0';

    [GeneratedRegex("\ufdd0(d[89a-f][0-9a-f]{2})")]
    private static partial Regex HalfPattern();

    private static char? Escaped(string json, int at) =>
        at + 6 <= json.Length
        && json[at] == '\\'
        && json[at + 1] == 'u'
        && ushort.TryParse(
            json.AsSpan(at + 2, 4),
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out var unit
        )
            ? (char)unit
            : null;

    /// <summary>
    /// What the client may read of a reply: its beginning, on few lines, without what looks like a secret.
    /// </summary>
    /// <param name="secrets">What we sent and nobody shall read, should n8n echo it.</param>
    internal static string Detail(string text, params ReadOnlySpan<string?> secrets)
    {
        // The longest secret may lie across the cut, so more is read than kept.
        text = Clean(Cut(text.Trim(), 4 * DetailMaxLength));
        foreach (var secret in secrets)
        {
            if (secret is { Length: >= 4 })
            {
                text = text.Replace(secret, "•••", StringComparison.Ordinal);
            }
        }

        return Cut(Secret().Replace(text, "${name}•••"), DetailMaxLength);
    }

    /// <summary>At most so many UTF-16 units, never cut in the middle of a character.</summary>
    internal static string Cut(string text, int length) =>
        text.Length <= length ? text : text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];

    [GeneratedRegex(
        """(?<name>(?:bearer|basic)\s+|"?(?:authorization|password|passwd|secret|token|api[_-]?key|cookie)"?\s*[:=]\s*"?)[^\s",}]+|\bsk-[A-Za-z0-9_-]{8,}|\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*""",
        RegexOptions.IgnoreCase | RegexOptions.NonBacktracking
    )]
    private static partial Regex Secret();
}
