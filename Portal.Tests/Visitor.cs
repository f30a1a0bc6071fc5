using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Portal.Tests;

/// <summary>A browser without scripts: opens pages, fills in forms, reads what comes back.</summary>
public sealed class Visitor(HttpClient http, CookieContainer? jar = null)
{
    private IDocument? _page;
    private Uri? _address;

    public HttpResponseMessage Response { get; private set; } = null!;

    /// <summary>Where the last answer came from, redirects followed.</summary>
    public Uri Address => _address!;

    /// <summary>Read when somebody looks at it: most answers are not.</summary>
    public IDocument Page => _page ??= new HtmlParser().ParseDocument(Body);

    public string Body { get; private set; } = "";

    public HttpStatusCode Status => Response.StatusCode;

    public string Path => Address.AbsolutePath;

    public CookieCollection Cookies => jar!.GetAllCookies();

    /// <summary>Sends what htmx would send, so that fragments come back instead of pages.</summary>
    public Visitor WithHtmx()
    {
        http.DefaultRequestHeaders.Remove("HX-Request");
        http.DefaultRequestHeaders.Add("HX-Request", "true");
        return this;
    }

    /// <summary>Calls itself that browser.</summary>
    public Visitor As(string agent)
    {
        http.DefaultRequestHeaders.TryAddWithoutValidation("User-Agent", agent);
        return this;
    }

    /// <summary>Comes from that address, as a proxy would say.</summary>
    public Visitor From(string address)
    {
        http.DefaultRequestHeaders.Remove("X-Forwarded-For");
        http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return this;
    }

    public Task OpenAsync(string path) =>
        GoAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(http.BaseAddress!, path)));

    public Task SubmitAsync(string form, params (string Name, string Value)[] fields) =>
        SubmitAsync(form, to: null, fields);

    /// <summary>Submits a form with these values in place of its own, or somewhere it was never meant to go, as an attacker would.</summary>
    public Task SubmitAsync(string form, string? to, params (string Name, string Value)[] fields)
    {
        var element = Page.QuerySelector(form)
            ?? throw new InvalidOperationException($"{_address} has no form {form}.");
        return SubmitAsync(element, to, fields);
    }

    public Task SubmitAsync(IElement form, string? to, params (string Name, string Value)[] fields)
    {
        var element = (IHtmlFormElement)form;
        if (to is null)
        {
            CanBeSent(element, fields.Select(field => field.Name));
        }

        var data = element
            .Elements.SelectMany(Sent)
            .Where(sent => fields.All(field => field.Name != sent.Key))
            .Concat(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        var action = new Uri(_address!, to ?? element.GetAttribute("action") ?? "");
        return GoAsync(new HttpRequestMessage(HttpMethod.Post, action) { Content = new FormUrlEncodedContent(data) });
    }

    // What a test means to be typed must be a field of the form: else it proves nothing, however the portal answers.
    private void CanBeSent(IHtmlFormElement form, IEnumerable<string> fields)
    {
        if (!"post".Equals(form.GetAttribute("method"), StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException($"This form of {_address} is not posted: {form.OuterHtml}");
        }

        var known = form.Elements.Select(field => field.GetAttribute("name")).ToHashSet();
        if (fields.Where(field => !known.Contains(field)).ToList() is { Count: > 0 } unknown)
        {
            throw new InvalidOperationException(
                $"The form at {_address} has no field {string.Join(", ", unknown)}, only {string.Join(", ", known.OfType<string>())}."
            );
        }
    }

    /// <summary>Takes somebody else's cookie along.</summary>
    public void Carry(Cookie stolen) => jar!.Add(new Cookie(stolen.Name, stolen.Value, stolen.Path, stolen.Domain));

    /// <summary>Posts what was never on any page.</summary>
    public Task PostAsync(string path, params (string Name, string Value)[] fields) =>
        GoAsync(
            new HttpRequestMessage(HttpMethod.Post, new Uri(http.BaseAddress!, path))
            {
                Content = new FormUrlEncodedContent(
                    fields.Select(field => KeyValuePair.Create(field.Name, field.Value))
                ),
            }
        );

    /// <summary>Sends anything at all, to a path of the portal.</summary>
    public Task SendAsync(HttpRequestMessage request)
    {
        request.RequestUri = new Uri(http.BaseAddress!, request.RequestUri!);
        return GoAsync(request);
    }

    public string? Attribute(string selector, string name) => Page.QuerySelector(selector)?.GetAttribute(name);

    /// <summary>What stands there. It has to be there: of what is not, a test would find whatever it wants missing.</summary>
    public string Text(string selector) =>
        Page.QuerySelector(selector)?.TextContent.Trim()
        ?? throw new InvalidOperationException($"{_address} ({Status}) shows no {selector}.");

    public bool Shows(string selector) => Page.QuerySelector(selector) is not null;

    private static IEnumerable<KeyValuePair<string, string>> Sent(IElement element) =>
        element switch
        {
            IHtmlInputElement { Type: "checkbox" or "radio", IsChecked: false } => [],
            IHtmlInputElement { Name.Length: > 0 } input => [KeyValuePair.Create(input.Name, input.Value)],
            IHtmlTextAreaElement { Name.Length: > 0 } area => [KeyValuePair.Create(area.Name, area.Value)],
            IHtmlSelectElement { Name.Length: > 0 } select => [KeyValuePair.Create(select.Name, select.Value ?? "")],
            _ => [],
        };

    private async Task GoAsync(HttpRequestMessage request)
    {
        Response = await http.SendAsync(request);
        _address = Response.RequestMessage!.RequestUri;
        Body = await Response.Content.ReadAsStringAsync();
        _page = null;
    }
}
