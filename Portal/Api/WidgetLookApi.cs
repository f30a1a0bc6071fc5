using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Chat;
using Portal.Hosting;
using Portal.Model;
using Portal.Web;

namespace Portal.Api;

/// <summary>
/// What anybody may see of a widget before there is a conversation: its look, its texts and its pictures.
/// </summary>
internal static class WidgetLookApi
{
    public static void MapLook(this RouteGroupBuilder widget)
    {
        widget.MapGet("/config", ConfigAsync).AddEndpointFilter(LimitLooks);
        widget.MapGet("/images/{image}.webp", ImageAsync).AddEndpointFilter(LimitLooks);
    }

    private static readonly Func<
        EndpointFilterInvocationContext,
        EndpointFilterDelegate,
        ValueTask<object?>
    > LimitLooks = WidgetRequest.LimitAsync(static (limits, caller) => limits.Look(caller));

    /// <summary>
    /// What is published of a widget: its look and its texts, never its prompt, its webhook or its secrets.
    /// </summary>
    private static async Task<IResult> ConfigAsync(
        Guid id,
        HttpContext http,
        WidgetRequest request,
        PortalOptions portal,
        WidgetFiles files
    )
    {
        if (await request.FindAsync(http) is not { } widget)
        {
            return Problems.WidgetNotFound;
        }

        var (texts, config) = (widget.Config.Texts, widget.Config);
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                id,
                widget.Business,
                widget.Version,
                Look = PublishedLook.Of(config.Look),
                Texts = texts with
                {
                    Title = string.IsNullOrWhiteSpace(texts.Title) ? widget.Name : texts.Title,
                    Strings = files.Shorten(texts.Strings),
                },
                config.Behavior,
                PrivacyUrl = config.PrivacyUrl ?? portal.Link($"/privacy/{id}").ToString(),
            },
            WidgetRequest.Json
        );

        http.Response.IsNoPage();
        http.Response.Headers.CacheControl = widget.IsPreview ? "no-store" : "public, max-age=60";
        return http.Compressed(
            body,
            WidgetApi.JsonType,
            new($"\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 8))}\"", isWeak: true)
        );
    }

    /// <summary>
    /// A picture of the widget. It is named by its content, so browsers and caches may keep it for ever.
    /// </summary>
    private static async Task<IResult> ImageAsync(
        Guid id,
        string image,
        HttpContext http,
        WidgetDirectory widgets,
        Tenant tenant,
        PortalDb db,
        CancellationToken cancellationToken
    )
    {
        if (image.Length != 64 || await widgets.FindAsync(id, cancellationToken) is not { } widget)
        {
            return TypedResults.NotFound();
        }

        tenant.Enter(widget.ClientId);
        if (
            await db
                .WidgetImages.Where(i => i.WidgetId == id && i.Hash == image)
                .Select(i => i.Content)
                .SingleOrDefaultAsync(cancellationToken)
            is not { } content
        )
        {
            return TypedResults.NotFound();
        }

        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.Headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return TypedResults.Bytes(content, "image/webp", entityTag: new($"\"{image[..16]}\""));
    }

    /// <summary>The look, with what the client's color makes of the text on it and of itself as text.</summary>
    private sealed record PublishedLook(
        string Color,
        string On,
        string AtLight,
        string AtDark,
        string Theme,
        string Position,
        string Size,
        int Radius,
        int OffsetX,
        int OffsetY,
        string Font,
        string? Logo,
        string? Avatar,
        string? LogoPlate,
        string? AvatarPlate
    )
    {
        public static PublishedLook Of(WidgetLook look)
        {
            var contrast = Contrast.Of(look.Color);
            return new(
                look.Color,
                contrast.TextColor,
                contrast.OnLight,
                contrast.OnDark,
                look.Theme,
                look.Position,
                look.Size,
                look.Radius,
                look.OffsetX,
                look.OffsetY,
                look.Font,
                look.Logo,
                look.Avatar,
                Contrast.Plate(look.Logo, look.Color),
                Contrast.Plate(look.Avatar, contrast.TextColor)
            );
        }
    }
}
