using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Portal.Audit;
using Portal.Chat;
using Portal.Model;
using Portal.Tests.Api;
using SkiaSharp;

namespace Portal.Tests.Pages.Widgets;

/// <summary>What people upload is drawn anew before anybody gets it.</summary>
public sealed class PicturesTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    private const string Webhook = "https://n8n.shop.example/webhook/shop";

    [Theory]
    [InlineData(SKEncodedImageFormat.Png, "logo", 256, 128)]
    [InlineData(SKEncodedImageFormat.Jpeg, "logo", 256, 128)]
    [InlineData(SKEncodedImageFormat.Webp, "avatar", 256, 256)]
    public async Task A_picture_is_made_small_kept_in_the_draft_and_served_for_ever(
        SKEncodedImageFormat format,
        string kind,
        int width,
        int height
    )
    {
        var (shop, owner) = await OwnerAsync();

        await UploadAsync(owner, shop, kind, Drawn(800, 400, format));

        Assert.Equal(HttpStatusCode.OK, owner.Status);
        var look = (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Draft!.Look;
        var path = kind == "logo" ? look.Logo : look.Avatar;
        Assert.Equal(path, owner.Attribute($"#picture-{kind} img", "src"));
        using var served = await portal.Http.GetAsync(path);
        Assert.Equal("image/webp", served.Content.Headers.ContentType!.MediaType);
        Assert.Equal("public, max-age=31536000, immutable", served.Headers.GetValues("Cache-Control").Single());
        Assert.Equal("cross-origin", served.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        using var codec = SKCodec.Create(new MemoryStream(await served.Content.ReadAsByteArrayAsync()));
        Assert.Equal(
            (SKEncodedImageFormat.Webp, width, height),
            (codec.EncodedFormat, codec.Info.Width, codec.Info.Height)
        );

        // Published, it is what visitors' widgets are told.
        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customize");
        Assert.Contains(
            path!,
            await portal.Http.GetStringAsync($"/api/widgets/{shop.Id}/config"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Pictures_are_drawn_one_at_a_time()
    {
        await Pictures.Drawing.WaitAsync();
        Task<(Pictures.Picture? Picture, string? Refusal)> waiting;
        try
        {
            var file = Drawn(8, 8, SKEncodedImageFormat.Png);
            waiting = Pictures.RemakeAsync(new MemoryStream(file), file.Length, square: false, default);

            // Read from memory and drawn without a wait, it would be ready by now.
            Assert.False(waiting.IsCompleted);
        }
        finally
        {
            Pictures.Drawing.Release();
        }

        Assert.NotNull((await waiting.Patiently()).Picture);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png, 1, "red")]
    [InlineData(SKEncodedImageFormat.Png, 3, "blue")]
    [InlineData(SKEncodedImageFormat.Png, 6, "blue")]
    [InlineData(SKEncodedImageFormat.Png, 8, "red")]
    [InlineData(SKEncodedImageFormat.Webp, 2, "blue")]
    [InlineData(SKEncodedImageFormat.Webp, 3, "blue")]
    [InlineData(SKEncodedImageFormat.Webp, 6, "blue")]
    [InlineData(SKEncodedImageFormat.Webp, 7, "red")]
    public async Task A_picture_stands_upright_whichever_way_its_file_was_held(
        SKEncodedImageFormat format,
        byte orientation,
        string color
    )
    {
        // Red on the left, blue on the right, twice as wide as high.
        using var surface = SKSurface.Create(new SKImageInfo(80, 40));
        surface.Canvas.Clear(SKColors.Blue);
        surface.Canvas.DrawRect(0, 0, 40, 40, new() { Color = SKColors.Red });
        using var image = surface.Snapshot();
        var file = image.Encode(format, 100).ToArray();
        byte[] exif = [.. "MM\0*\0\0\0\b\0\u0001"u8, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];

        var (picture, _) = await RemakeAsync(
            format == SKEncodedImageFormat.Png ? WithPngChunk(file, "eXIf", exif) : WithWebpExif(file, exif, 80, 40)
        );

        using var drawn = SKBitmap.Decode(picture!.Content);
        Assert.Equal(orientation > 4 ? (40, 80) : (80, 40), (drawn.Width, drawn.Height));
        // Turned by a quarter, the first column lies at the top or at the bottom.
        var corner = drawn.GetPixel(5, orientation > 4 ? drawn.Height - 6 : 5);
        Assert.Equal(color == "red", corner.Red > corner.Blue);
    }

    [Fact]
    public async Task The_red_of_a_wider_color_space_becomes_the_same_red_in_ours()
    {
        using var p3 = SKColorSpace.CreateRgb(SKColorSpaceTransferFn.Srgb, SKColorSpaceXyz.DisplayP3);
        using var surface = SKSurface.Create(new SKImageInfo(20, 20, SKColorType.Rgba8888, SKAlphaType.Premul, p3));
        // Drawn in sRGB, kept in Display-P3: the file's numbers are not those of the color.
        surface.Canvas.Clear(new SKColor(220, 40, 40));
        using var image = surface.Snapshot();

        var (picture, _) = await RemakeAsync(image.Encode(SKEncodedImageFormat.Png, 100).ToArray());

        using var drawn = SKBitmap.Decode(picture!.Content);
        var color = drawn.GetPixel(10, 10);
        Assert.InRange(color.Red, 216, 224);
        Assert.InRange(color.Green, 34, 46);
    }

    [Theory]
    [InlineData("#12301F", "#1F5D4C", "#FFFFFF")]
    [InlineData("#FAFAFA", "#FFD400", "#16161A")]
    [InlineData("#FFFFFF", "#1F5D4C", null)]
    public async Task A_logo_that_would_not_be_seen_on_the_color_gets_a_plate(string ink, string color, string? plate)
    {
        var shop = await portal.NewWidgetAsync(Webhook, new() { Look = new() { Color = color } });
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/widgets/{shop.Id}");
        using var surface = SKSurface.Create(new SKImageInfo(120, 40));
        surface.Canvas.Clear(SKColors.Transparent);
        surface.Canvas.DrawRect(10, 10, 60, 20, new() { Color = SKColor.Parse(ink) });
        using var image = surface.Snapshot();

        await UploadAsync(owner, shop, "logo", image.Encode(SKEncodedImageFormat.Png, 100).ToArray());
        await owner.OpenAsync($"/widgets/{shop.Id}");
        await owner.SubmitAsync("#customize");

        using var config = System.Text.Json.JsonDocument.Parse(
            await portal.Http.GetStringAsync($"/api/widgets/{shop.Id}/config")
        );
        var look = config.RootElement.GetProperty("look");
        Assert.Equal(plate, look.GetProperty("logoPlate").GetString());
        using var served = await portal.Http.GetAsync(look.GetProperty("logo").GetString());
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task Nothing_of_the_file_itself_is_kept()
    {
        var (shop, owner) = await OwnerAsync();
        byte[] polyglot =
        [
            .. Drawn(40, 40, SKEncodedImageFormat.Png),
            .. Encoding.ASCII.GetBytes("<script>alert('hidden')</script>"),
        ];

        await UploadAsync(owner, shop, "logo", polyglot);

        var content = await portal.As(shop.ClientId, db => db.WidgetImages.Select(i => i.Content).SingleAsync());
        Assert.DoesNotContain("script", Encoding.Latin1.GetString(content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "Choose a PNG, JPEG or WebP file."
    )]
    [InlineData("GIF89a\u0001\0\u0001\0", "Choose a PNG, JPEG or WebP file.")]
    [InlineData("", "Choose a PNG, JPEG or WebP file.")]
    public async Task What_is_no_picture_is_refused_with_a_sentence(string content, string sentence)
    {
        var (shop, owner) = await OwnerAsync();

        await UploadAsync(owner, shop, "logo", Encoding.Latin1.GetBytes(content));

        Assert.Equal(
            (HttpStatusCode.UnprocessableEntity, sentence),
            (owner.Status, owner.Text("#picture-logo [role=alert]"))
        );
        Assert.Equal(0, await portal.As(shop.ClientId, db => db.WidgetImages.CountAsync()));
    }

    [Fact]
    public async Task A_picture_that_breaks_off_or_claims_to_be_huge_is_refused()
    {
        var half = Drawn(200, 200, SKEncodedImageFormat.Png)[..60];
        var huge = Drawn(16, 16, SKEncodedImageFormat.Png);
        // The header's width and height, with the checksum that belongs to them.
        new byte[] { 0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60 }.CopyTo(huge, 16);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(huge.AsSpan(29), Crc32(huge.AsSpan(12, 17)));

        Assert.StartsWith("That file is incomplete.", (await RemakeAsync(half)).Refusal, StringComparison.Ordinal);
        Assert.StartsWith(
            "That picture has too many pixels",
            (await RemakeAsync(huge)).Refusal,
            StringComparison.Ordinal
        );
        Assert.Equal("That file is larger than 1 MB.", (await RemakeAsync(new byte[Pictures.MaxBytes + 1])).Refusal);
    }

    [Fact]
    public async Task A_picture_is_taken_out_again()
    {
        var (shop, owner) = await OwnerAsync();
        await UploadAsync(owner, shop, "avatar", Drawn(64, 64, SKEncodedImageFormat.Png));
        await owner.OpenAsync($"/widgets/{shop.Id}");

        await owner.SubmitAsync("#remove-avatar");

        Assert.Null((await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Draft);
    }

    [Fact]
    public async Task A_picture_that_nothing_shows_any_more_goes_after_a_day()
    {
        var (shop, owner) = await OwnerAsync();
        var (old, live) = (
            new WidgetImage(shop.Id, new string('a', 64), [1], 1, 1),
            new WidgetImage(shop.Id, new string('b', 64), [1], 1, 1)
        );
        await portal.As(shop.ClientId, async db =>
        {
            db.AddRange(old, live);
            var widget = await db.Widgets.SingleAsync();
            widget.SaveDraft(
                widget.Config with
                {
                    Look = widget.Config.Look with { Logo = live.Path },
                },
                DateTimeOffset.UtcNow
            );
            return await db.SaveChangesAsync();
        });
        await using (
            var database = NpgsqlDataSource.Create(
                portal.Services.GetRequiredService<Portal.Data.Databases>().Strings.Owner!
            )
        )
        {
            await using var age = database.CreateCommand(
                $"UPDATE widget_images SET created_at = now() - interval '2 days' WHERE widget_id = '{shop.Id}'"
            );
            Assert.Equal(2, await age.ExecuteNonQueryAsync());
        }

        await owner.OpenAsync($"/widgets/{shop.Id}");
        await UploadAsync(owner, shop, "avatar", Drawn(64, 64, SKEncodedImageFormat.Png));

        var kept = await portal.As(shop.ClientId, db => db.WidgetImages.Select(i => i.Hash).ToListAsync());
        Assert.Equal(2, kept.Count);
        Assert.Contains(live.Hash, kept);
    }

    [Fact]
    public async Task A_picture_does_not_hide_what_somebody_else_has_saved_meanwhile()
    {
        var (shop, owner) = await OwnerAsync();
        var other = portal.SignedIn(shop.ClientId);
        await other.OpenAsync($"/widgets/{shop.Id}");
        await other.SubmitAsync("#customize", to: $"/widgets/{shop.Id}?handler=Draft", ("Title", "Theirs"));

        await UploadAsync(owner, shop, "logo", Drawn(64, 64, SKEncodedImageFormat.Png));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, owner.Status);
        Assert.StartsWith("Someone else changed this widget", owner.Text("[role=alert]"), StringComparison.Ordinal);
        Assert.Null((await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Draft!.Look.Logo);
    }

    [Fact]
    public async Task Another_clients_widget_has_none_of_mine()
    {
        var (shop, owner) = await OwnerAsync();
        await UploadAsync(owner, shop, "logo", Drawn(64, 64, SKEncodedImageFormat.Png));
        var path = (await portal.As(shop.ClientId, db => db.Widgets.SingleAsync())).Draft!.Look.Logo!;
        var other = await portal.NewWidgetAsync(Webhook);

        Assert.Equal(
            HttpStatusCode.NotFound,
            (
                await portal.Http.GetAsync(
                    path.Replace(shop.Id.ToString(), other.Id.ToString(), StringComparison.Ordinal)
                )
            ).StatusCode
        );
    }

    private async Task<(Shop Shop, Visitor Owner)> OwnerAsync()
    {
        var shop = await portal.NewWidgetAsync(Webhook);
        var owner = portal.SignedIn(shop.ClientId);
        await owner.OpenAsync($"/widgets/{shop.Id}");
        return (shop, owner);
    }

    private static Task UploadAsync(Visitor owner, Shop shop, string kind, byte[] content)
    {
        var file = new ByteArrayContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };
        var token = owner.Attribute("#customize [name=__RequestVerificationToken]", "value")!;
        return owner
            .WithHtmx()
            .SendAsync(
                new HttpRequestMessage(HttpMethod.Post, $"/widgets/{shop.Id}/picture?kind={kind}")
                {
                    Content = new MultipartFormDataContent
                    {
                        { new StringContent(token), "__RequestVerificationToken" },
                        {
                            new StringContent(owner.Attribute("#customize [name=EditVersion]", "value")!),
                            "EditVersion"
                        },
                        { file, "file", "logo.png" },
                    },
                }
            );
    }

    private static async Task<(Pictures.Picture? Picture, string? Refusal)> RemakeAsync(byte[] content) =>
        await Pictures.RemakeAsync(new MemoryStream(content), content.Length, square: false, default);

    private static byte[] Drawn(int width, int height, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.SeaGreen);
        using var image = SKImage.FromBitmap(bitmap);
        using var encoded = image.Encode(format, 90);
        return encoded.ToArray();
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }

    private static byte[] WithPngChunk(byte[] png, string name, byte[] content)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(name), .. content];
        var (length, sum) = (new byte[4], new byte[4]);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(sum, Crc32(body));
        // Behind the header.
        return [.. png[..33], .. length, .. body, .. sum, .. png[33..]];
    }

    // The simple file becomes an extended one, which may have more than the picture.
    private static byte[] WithWebpExif(byte[] webp, byte[] exif, int width, int height)
    {
        byte[] extended = [.. "VP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, (byte)(width - 1), 0, 0, (byte)(height - 1), 0, 0];
        byte[] rest = [.. "WEBP"u8, .. extended, .. webp[12..], .. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(rest.Length), .. rest];
    }
}
