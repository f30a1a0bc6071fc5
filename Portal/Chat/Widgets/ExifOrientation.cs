using System.Buffers.Binary;

namespace Portal.Chat;

/// <summary>The orientation of a PNG or WebP from its Exif data, 1 (upright) to 8.</summary>
public static class ExifOrientation
{
    private const int Upright = 1;
    private const ushort OrientationTag = 0x0112;
    private const int EntryLength = 12;

    public static int Of(ReadOnlySpan<byte> file)
    {
        var exif = file is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] ? PngChunk(file) : WebpChunk(file);

        // Some programs start the data as in a JPEG.
        return Read(exif.StartsWith("Exif\0\0"u8) ? exif[6..] : exif);
    }

    // Length, name, content, checksum; the lengths are big-endian.
    private static ReadOnlySpan<byte> PngChunk(ReadOnlySpan<byte> file)
    {
        for (var rest = file[Math.Min(8, file.Length)..]; rest.Length >= 12; )
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                return [];
            }

            if (rest[4..8].SequenceEqual("eXIf"u8))
            {
                return rest.Slice(8, (int)length);
            }

            rest = rest[(12 + (int)length)..];
        }

        return [];
    }

    // Name, length, content, padded to an even length; the lengths are little-endian.
    private static ReadOnlySpan<byte> WebpChunk(ReadOnlySpan<byte> file)
    {
        for (var rest = file[Math.Min(12, file.Length)..]; rest.Length >= 8; )
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8)
            {
                return [];
            }

            if (rest[..4].SequenceEqual("EXIF"u8))
            {
                return rest.Slice(8, (int)length);
            }

            rest = rest[Math.Min(rest.Length, 8 + (int)(length + (length & 1)))..];
        }

        return [];
    }

    // A TIFF file: byte order, 42, where the first directory begins; its entries carry tag, type, count and value.
    private static int Read(ReadOnlySpan<byte> tiff)
    {
        var isLittle = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!isLittle && !tiff.StartsWith("MM\0*"u8)))
        {
            return Upright;
        }

        var start = isLittle
            ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (start > tiff.Length - 2)
        {
            return Upright;
        }

        var directory = tiff[(int)start..];
        var entries = Short(directory, isLittle);
        for (
            directory = directory[2..];
            entries > 0 && directory.Length >= EntryLength;
            entries--, directory = directory[EntryLength..]
        )
        {
            if (Short(directory, isLittle) == OrientationTag)
            {
                return Short(directory[8..], isLittle) is var value and >= 1 and <= 8 ? value : Upright;
            }
        }

        return Upright;
    }

    private static ushort Short(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
