using System.Security.Cryptography;
using SkiaSharp;

namespace Portal.Chat;

/// <summary>
/// Converts uploaded pictures: only the pixels are kept, so nothing that is hidden in the file and no location is. The
/// result is a small WebP.
/// </summary>
public static class Pictures
{
    public const int MaxBytes = 1024 * 1024;

    // The longer side. Twice what the widget shows at most, for sharp screens.
    private const int Side = 256;

    // A few hundred kilobytes can claim to be gigabytes of pixels.
    private const long MaxPixels = 16_000_000;
    private const int Quality = 90;

    // More than rounded corners leave transparent.
    private const double ClearShare = 0.1;

    // One at a time: each may take 64 MB while it is converted.
    internal static readonly SemaphoreSlim Drawing = new(1);

    /// <param name="Hash">SHA-256 of the content, in lower-case hex.</param>
    /// <param name="Tone">The color, <c>RRGGBB</c>, of what is drawn on a transparent ground; null: it has a ground of
    /// its own.</param>
    public sealed record Picture(byte[] Content, string Hash, int Width, int Height, string? Tone);

    /// <param name="square">Whether the middle is cut out, for a face.</param>
    /// <returns>The picture, or an error message for the uploader.</returns>
    public static async Task<(Picture? Picture, string? Refusal)> RemakeAsync(
        Stream upload,
        long length,
        bool square,
        CancellationToken cancellationToken
    )
    {
        if (length > MaxBytes)
        {
            return (null, "That file is larger than 1 MB.");
        }

        var bytes = new byte[length];
        await upload.ReadExactlyAsync(bytes, cancellationToken);
        await Drawing.WaitAsync(cancellationToken);
        try
        {
            return Remake(bytes, square);
        }
        finally
        {
            Drawing.Release();
        }
    }

    private static (Picture? Picture, string? Refusal) Remake(byte[] bytes, bool square)
    {
        using var data = SKData.CreateCopy(bytes);
        using var codec = SKCodec.Create(data);
        if (
            codec is null
            || codec.EncodedFormat
                is not (SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Webp)
        )
        {
            return (null, "Choose a PNG, JPEG or WebP file.");
        }

        if ((long)codec.Info.Width * codec.Info.Height > MaxPixels)
        {
            return (null, "That picture has too many pixels: at most 4000 × 4000.");
        }

        // Whatever color space the file has, its colors are converted to sRGB on decoding, because the output carries
        // no profile.
        using var source = new SKBitmap(
            new SKImageInfo(
                codec.Info.Width,
                codec.Info.Height,
                SKColorType.Rgba8888,
                SKAlphaType.Premul,
                SKColorSpace.CreateSrgb()
            )
        );
        if (codec.GetPixels(source.Info, source.GetPixels()) != SKCodecResult.Success)
        {
            return (null, "That file is incomplete. Save it again and upload it once more.");
        }

        // Skia only reads the orientation of JPEGs.
        var origin =
            codec.EncodedFormat == SKEncodedImageFormat.Jpeg
                ? codec.EncodedOrigin
                : (SKEncodedOrigin)ExifOrientation.Of(bytes);
        using var upright = Upright(source, origin);
        using var drawn = Draw(upright, square);
        using var encoded = drawn.Encode(SKEncodedImageFormat.Webp, Quality);
        var content = encoded.ToArray();
        return (
            new(content, Convert.ToHexStringLower(SHA256.HashData(content)), drawn.Width, drawn.Height, ToneOf(drawn)),
            null
        );
    }

    private static string? ToneOf(SKImage drawn)
    {
        using var pixels = SKBitmap.FromImage(drawn);
        var (red, green, blue, visible, clear) = (0L, 0L, 0L, 0L, 0);
        foreach (var pixel in pixels.Pixels)
        {
            red += pixel.Red * pixel.Alpha;
            green += pixel.Green * pixel.Alpha;
            blue += pixel.Blue * pixel.Alpha;
            visible += pixel.Alpha;
            clear += pixel.Alpha < 128 ? 1 : 0;
        }

        return visible > 0 && clear > drawn.Width * drawn.Height * ClearShare
            ? $"{red / visible:X2}{green / visible:X2}{blue / visible:X2}"
            : null;
    }

    private static SKImage Draw(SKBitmap source, bool square)
    {
        var from = square ? Middle(source) : SKRect.Create(source.Width, source.Height);
        var scale = Math.Min(1, Side / Math.Max(from.Width, from.Height));
        var (width, height) = (
            Math.Max(1, (int)Math.Round(from.Width * scale)),
            Math.Max(1, (int)Math.Round(from.Height * scale))
        );

        using var surface = SKSurface.Create(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        using var image = SKImage.FromBitmap(source);
        surface.Canvas.Clear(SKColors.Transparent);
        surface.Canvas.DrawImage(
            image,
            from,
            SKRect.Create(width, height),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear)
        );
        return surface.Snapshot();
    }

    private static SKRect Middle(SKBitmap source)
    {
        var side = Math.Min(source.Width, source.Height);
        return SKRect.Create((source.Width - side) / 2f, (source.Height - side) / 2f, side, side);
    }

    // Phones record how they were held instead of rotating the picture.
    private static SKBitmap Upright(SKBitmap source, SKEncodedOrigin origin)
    {
        var turned =
            origin
            is SKEncodedOrigin.LeftTop
                or SKEncodedOrigin.RightTop
                or SKEncodedOrigin.RightBottom
                or SKEncodedOrigin.LeftBottom;
        var (width, height) = turned ? (source.Height, source.Width) : (source.Width, source.Height);
        var upright = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        using var canvas = new SKCanvas(upright);
        canvas.Concat(
            origin switch
            {
                SKEncodedOrigin.TopRight => new SKMatrix(-1, 0, width, 0, 1, 0, 0, 0, 1),
                SKEncodedOrigin.BottomRight => new SKMatrix(-1, 0, width, 0, -1, height, 0, 0, 1),
                SKEncodedOrigin.BottomLeft => new SKMatrix(1, 0, 0, 0, -1, height, 0, 0, 1),
                SKEncodedOrigin.LeftTop => new SKMatrix(0, 1, 0, 1, 0, 0, 0, 0, 1),
                SKEncodedOrigin.RightTop => new SKMatrix(0, -1, width, 1, 0, 0, 0, 0, 1),
                SKEncodedOrigin.RightBottom => new SKMatrix(0, -1, width, -1, 0, height, 0, 0, 1),
                SKEncodedOrigin.LeftBottom => new SKMatrix(0, 1, 0, -1, 0, height, 0, 0, 1),
                _ => SKMatrix.Identity,
            }
        );
        canvas.DrawBitmap(source, 0, 0, SKSamplingOptions.Default);
        return upright;
    }
}
