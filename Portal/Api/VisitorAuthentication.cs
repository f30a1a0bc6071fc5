using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Portal.Web;

namespace Portal.Api;

/// <summary>
/// Lets in a widget that holds the token of a visitor's conversation, on the website that it was issued for, and enters
/// the widget's client. No cookie is looked at, and checking the token asks the database nothing.
/// </summary>
public sealed class VisitorAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    WidgetRequest request,
    WidgetGuesses guesses
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Visitor";

    /// <summary>The id of the conversation.</summary>
    public const string ConversationClaim = "conversation";

    /// <summary>For whoever holds a conversation's token.</summary>
    public static readonly AuthorizationPolicy Policy = new AuthorizationPolicyBuilder(SchemeName)
        .RequireClaim(ConversationClaim)
        .Build();

    private IResult? _refusal;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        _refusal = await RefuseAsync();
        return _refusal is null
            ? AuthenticateResult.Success(
                new(
                    new ClaimsPrincipal(
                        new ClaimsIdentity([new(ConversationClaim, request.Token.SessionId.ToString())], SchemeName)
                    ),
                    SchemeName
                )
            )
            : AuthenticateResult.NoResult();
    }

    private async Task<IResult?> RefuseAsync()
    {
        if (guesses.Refuse(Context) is { } tooMany)
        {
            return tooMany;
        }

        try
        {
            var refusal = await request.EnterAsync(Context) ?? request.TakeToken(Request);
            return WidgetGuesses.IsMiss(refusal) ? guesses.Count(Context) ?? refusal : refusal;
        }
        catch (Exception error) when (WidgetApi.IsAway(error))
        {
            return WidgetApi.Unavailable(Response);
        }
    }

    /// <summary>
    /// Says why not: the widget may be unknown, or the website not allowed, before the token is looked at.
    /// </summary>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties) =>
        (_refusal ?? Problems.SessionRequired).ExecuteAsync(Context);
}
