using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class WebhookUrlTests
{
    [Theory]
    [InlineData("https://n8n.example.com/webhook/6d0f/chat")]
    [InlineData("  https://n8n.example.com/webhook/shop  ")]
    [InlineData("https://n8n.example.com:5678/webhook/shop?x=1")]
    [InlineData("https://shop.app.n8n.cloud/webhook/shop")]
    [InlineData("https://bücher.example/webhook/shop")]
    [InlineData("https://8.8.8.8/webhook/shop")]
    [InlineData("https://[2606:4700:4700::1111]/webhook/shop")]
    public void A_public_https_address_may_be_saved(string url) => Assert.Null(Rules().Refusal(url));

    // Each of these is, or may become, an internal address.
    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://017700000001/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://0/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("https://127。0。0。1/")]
    [InlineData("https://１２７.０.０.１/")]
    [InlineData("https://①②⑦.⓪.⓪.①/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://2852039166/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[::127.0.0.1]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[2002:7f00:1::]/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("https://[fd00:ec2::254]/")]
    [InlineData("https://localhost/")]
    [InlineData("https://localhost./")]
    [InlineData("https://LOCALHOST/")]
    [InlineData("https://ｌｏｃａｌｈｏｓｔ/")]
    [InlineData("https://db/")]
    [InlineData("https://n8n.internal/")]
    [InlineData("https://n8n.internal./")]
    [InlineData("https://printer.local/")]
    [InlineData("https://x.localhost/")]
    [InlineData("https://1.0.0.127.in-addr.arpa/")]
    public void A_host_that_is_not_public_is_refused_in_every_spelling(string url) =>
        Assert.Equal("This address is not on the public internet, so the portal can't call it.", Rules().Refusal(url));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("n8n.example.com/webhook/shop")]
    [InlineData("/webhook/shop")]
    [InlineData("http://n8n.example.com/webhook/shop")]
    [InlineData("ftp://n8n.example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://n8n.example.com/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https:n8n.example.com")]
    [InlineData("https:///webhook")]
    [InlineData("https://n8n.example.com:22/")]
    [InlineData("https://n8n.example.com:25/")]
    [InlineData("https://n8n.example.com:5432/")]
    [InlineData("https://n8n.example.com:6379/")]
    [InlineData("https://n8n.example.com:80/")]
    [InlineData("https://n8n.example.com:99999/")]
    [InlineData("https://user:pass@n8n.example.com/")]
    [InlineData("https://a&@2.2.2.2#@3.3.3.3/")]
    [InlineData("https://n8n.example.com/#x")]
    [InlineData("https://n8n.example.com/webhook#")]
    [InlineData("https://n8n.example.com\\@127.0.0.1/")]
    [InlineData("https:\\\\n8n.example.com/")]
    [InlineData("https://n8n.example.com/a b")]
    [InlineData("https://n8n.exam\tple.com/")]
    [InlineData("https://n8n.exam\nple.com/")]
    [InlineData("https://n8n.example.com\0/")]
    [InlineData("https://n8n%00.example.com/")]
    [InlineData("https://chat.example.com/webhook/shop")]
    [InlineData("https://n8n.example.com/webhook-test/shop")]
    [InlineData("https://n8n.example.com/workflow/abc")]
    [InlineData("https://n8n.example.com")]
    [InlineData("https://n8n.example.com/")]
    [InlineData("https://n8n.example.com/webhook")]
    [InlineData("https://n8n.example.com/webhook/")]
    [InlineData("https://n8n.example.com/home/workflows")]
    [InlineData("https://n8n.example.com/form/8f2a")]
    [InlineData("https://n8n.example.com/form-test/8f2a")]
    [InlineData("https://n8n.example.com/webhook-waiting/31")]
    public void Anything_but_a_plain_webhook_address_is_refused_with_a_sentence(string? url) =>
        Assert.EndsWith(".", Rules().Refusal(url)?.Replace("https://", "https://.", StringComparison.Ordinal));

    [Theory]
    [InlineData("https://n8n.example.com//webhook/shop", "https://n8n.example.com/webhook/shop")]
    [InlineData(
        " https://n8n.example.com/webhook//shop//chat?x=a//b ",
        "https://n8n.example.com/webhook/shop/chat?x=a//b"
    )]
    [InlineData("https://n8n.example.com/webhook/shop", "https://n8n.example.com/webhook/shop")]
    [InlineData("https://gateway.example.com/a//b", "https://gateway.example.com/a//b")]
    [InlineData("nonsense", "nonsense")]
    [InlineData(null, "")]
    public void Slashes_that_came_along_with_copying_are_taken_out(string? typed, string meant) =>
        Assert.Equal(meant, Rules().Corrected(typed));

    [Theory]
    [InlineData("https://n8n.example.com/webhook/0198b7c4-6f0a-4c51-b1a4-52c3a1f0d9e7", true)]
    [InlineData("https://n8n.example.com/webhook/0198b7c4-6f0a-4c51-b1a4-52c3a1f0d9e7/", true)]
    [InlineData("https://n8n.example.com/webhook/0198b7c4-6f0a-4c51-b1a4-52c3a1f0d9e7/chat", false)]
    [InlineData("https://n8n.example.com/webhook/shop", false)]
    [InlineData("", false)]
    public void An_address_that_may_have_lost_its_chat_is_told(string typed, bool may) =>
        Assert.Equal(may, WebhookUrl.MayLackChat(typed));

    [Theory]
    [InlineData("http://localhost:5678/webhook/shop", "Portal__Webhooks__AllowedTargets__0=localhost:5678")]
    [InlineData("http://n8n.internal:5678/webhook/shop", "Portal__Webhooks__AllowedTargets__0=n8n.internal:5678")]
    [InlineData(
        "https://n8n.example.com:8443/webhook/shop",
        "Portal__Webhooks__AllowedTargets__0=n8n.example.com:8443"
    )]
    [InlineData("https://n8n.example.com/webhook/shop", null)]
    [InlineData("https://chat.example.com/webhook/shop", null)]
    [InlineData("nonsense", null)]
    public void The_setting_that_opens_an_address_does_open_it(string url, string? setting)
    {
        Assert.Equal(setting, Rules().SettingThatOpens(url));
        if (setting is not null)
        {
            Assert.Null(Rules(settings => settings.AllowedTargets = [setting.Split('=')[1]]).Refusal(url));
        }
    }

    [Fact]
    public void A_very_long_address_is_refused() =>
        Assert.Contains("2,048", Rules().Refusal("https://n8n.example.com/" + new string('a', 2048)));

    [Fact]
    public void A_test_address_is_explained_when_saving_and_still_callable()
    {
        const string url = "https://n8n.example.com/webhook-test/shop";

        Assert.Contains("Production URL", Rules().Refusal(url));
        Assert.True(Rules().MayCall(url, out _, out _));
    }

    [Fact]
    public void The_operator_opens_http_one_port_or_one_endpoint()
    {
        var http = Rules(settings => settings.AllowHttp = true);
        Assert.Null(http.Refusal("http://n8n.example.com/webhook/shop"));
        Assert.NotNull(http.Refusal("http://127.0.0.1/webhook/shop"));

        Assert.Null(
            Rules(settings => settings.AllowedPorts = [8443]).Refusal("https://n8n.example.com:8443/webhook/shop")
        );

        var sample = Rules(settings => settings.AllowedTargets = ["127.0.0.1:5082"]);
        Assert.Null(sample.Refusal("http://127.0.0.1:5082/webhook/sample/chat"));
        Assert.NotNull(sample.Refusal("http://127.0.0.1:5081/"));
        Assert.NotNull(sample.Refusal("http://localhost:5082/"));

        Assert.Null(
            Rules(settings => settings.AllowedNetworks = ["10.20.0.0/16"]).Refusal("https://10.20.0.5/webhook/shop")
        );
    }

    [Theory]
    [InlineData("https://chat.example.com", true)]
    [InlineData("https://8.8.8.8:8443", true)]
    [InlineData("http://localhost:5080", false)]
    [InlineData("http://192.168.1.5", false)]
    [InlineData("https://portal.internal", false)]
    [InlineData("https://portal", false)]
    public void Whether_a_workflow_could_call_back_shows_in_the_portals_address(string url, bool expected) =>
        Assert.Equal(expected, Rules().IsPublic(new Uri(url)));

    private static WebhookUrl Rules(Action<WebhookOptions>? tune = null)
    {
        var settings = new WebhookOptions { PublicUrl = new Uri("https://chat.example.com") };
        tune?.Invoke(settings);
        var options = Options.Create(settings);
        return new WebhookUrl(options, new AddressPolicy(options));
    }
}
