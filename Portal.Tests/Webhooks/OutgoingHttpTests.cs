using System.Net;
using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Portal.Audit;
using Portal.Data;
using Portal.Hosting;
using Portal.Webhooks;

namespace Portal.Tests.Webhooks;

public sealed class OutgoingHttpTests
{
    private const BindingFlags All =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    [Fact]
    public void Only_one_class_makes_outgoing_http_clients()
    {
        var makers = typeof(GuardedHttpClient)
            .Assembly.GetTypes()
            .Where(type => type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).Any(MakesHttp))
            .Select(type => type.IsNested ? type.DeclaringType : type)
            .ToHashSet();

        // The health command asks its own portal on its own machine; no stranger chooses that address.
        Assert.Equal([typeof(GuardedHttpClient), typeof(Portal.Commands.HealthQuery)], makers);
    }

    // Each place in the method's code where a method's token may follow: new, call and virtual call.
    private static bool MakesHttp(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var at = 0; at + 4 < code.Length; at++)
        {
            if (
                (
                    code[at] == OpCodes.Newobj.Value
                    || code[at] == OpCodes.Call.Value
                    || code[at] == OpCodes.Callvirt.Value
                )
                && Called(method, BitConverter.ToInt32(code, at + 1)) is { } called
                && IsHttp(called)
            )
            {
                return true;
            }
        }

        return false;
    }

    private static MethodBase? Called(MethodBase caller, int token)
    {
        // The tables of methods, references to them, and their generic instances.
        if (token >> 24 is not (0x06 or 0x0A or 0x2B))
        {
            return null;
        }

        try
        {
            return caller.Module.ResolveMethod(
                token,
                caller.DeclaringType?.GetGenericArguments(),
                caller.IsGenericMethod ? caller.GetGenericArguments() : null
            );
        }
        catch (Exception noToken)
            when (noToken is ArgumentException or BadImageFormatException or MissingMemberException)
        {
            return null;
        }
    }

    private static bool IsHttp(MethodBase called) =>
        called.Name is "AddHttpClient" or "CreateClient"
        || (called.DeclaringType == typeof(WebRequest) && called.IsStatic)
        || (
            called.IsConstructor
            && (
                typeof(HttpMessageInvoker).IsAssignableFrom(called.DeclaringType)
                || typeof(HttpMessageHandler).IsAssignableFrom(called.DeclaringType)
                || called.DeclaringType!.FullName is "System.Net.WebClient" or "System.Net.WebSockets.ClientWebSocket"
            )
        );

    [Fact]
    public async Task The_settings_are_read_and_the_client_is_made()
    {
        await using var services = Services(
            ("Portal:Webhooks:AllowedTargets:0", "127.0.0.1:5082"),
            ("Portal:Webhooks:IdleTimeout", "00:00:50")
        );

        Assert.NotNull(services.GetRequiredService<WebhookClient>());
        Assert.Null(services.GetRequiredService<WebhookUrl>().Refusal("http://127.0.0.1:5082/webhook/sample/chat"));
        Assert.NotNull(services.GetRequiredService<WebhookUrl>().Refusal("https://chat.example.com/webhook/x"));
        Assert.Equal(
            TimeSpan.FromSeconds(50),
            services.GetRequiredService<IOptions<WebhookOptions>>().Value.IdleTimeout
        );
    }

    [Theory]
    [InlineData("Portal:Webhooks:AllowedNetworks:0", "10.0.0.0")]
    [InlineData("Portal:Webhooks:AllowedNetworks:0", "10.20.0.1/99")]
    [InlineData("Portal:Webhooks:DeniedNetworks:0", "mine")]
    [InlineData("Portal:Webhooks:AllowedTargets:0", "127.0.0.1")]
    [InlineData("Portal:Webhooks:AllowedTargets:0", "http://127.0.0.1:5082")]
    [InlineData("Portal:Webhooks:AllowedTargets:0", "user@127.0.0.1:5082")]
    [InlineData("Portal:Webhooks:AllowedPorts:0", "0")]
    [InlineData("Portal:Webhooks:ConcurrentPerWidget", "0")]
    [InlineData("Portal:Webhooks:ConnectTimeout", "00:00:00")]
    public async Task A_wrong_setting_is_refused_with_its_name(string setting, string value)
    {
        await using var services = Services((setting, value));

        var refused = Assert.Throws<OptionsValidationException>(() =>
            services.GetRequiredService<IOptions<WebhookOptions>>().Value
        );
        Assert.Contains(setting.Split(':')[2], refused.Message);
    }

    private static ServiceProvider Services(params (string Name, string Value)[] settings) =>
        new ServiceCollection()
            .AddSingleton<IConfiguration>(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(
                        settings
                            .Append(("Portal:PublicUrl", "https://chat.example.com"))
                            .ToDictionary(setting => setting.Item1, setting => (string?)setting.Item2)
                    )
                    .Build()
            )
            .AddLogging()
            .AddSingleton<Microsoft.Extensions.Hosting.IHostEnvironment>(
                new Microsoft.Extensions.Hosting.Internal.HostingEnvironment { EnvironmentName = "Production" }
            )
            .AddDatabases()
            .AddPortalOptions()
            .AddWebhooks()
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
}
