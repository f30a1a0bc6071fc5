using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Portal.Accounts;
using Portal.Audit;
using Portal.Hosting;
using Portal.Limits;
using Portal.Secrets;

namespace Portal.Tests.Hosting;

/// <summary>Settings that cannot work are named in a sentence before anything is served.</summary>
public sealed class SettingsTests(SharedPortal portal) : IClassFixture<SharedPortal.Running>
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("chat.example.com")]
    [InlineData("/chat")]
    [InlineData("//chat.example.com")]
    [InlineData("ftp://chat.example.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://chat.example.com")]
    [InlineData("http://10.0.0.5:8080")]
    [InlineData("https://chat.example.com/portal")]
    [InlineData("https://chat.example.com/portal/")]
    [InlineData("https://chat.example.com/?a=b")]
    [InlineData("https://chat.example.com/#top")]
    [InlineData("https://kim:secret@chat.example.com")]
    [InlineData("https://[bad")]
    public void An_address_that_cannot_be_the_portals_is_refused_in_one_sentence(string? url)
    {
        var said = Said("Production", ("Portal:PublicUrl", url))!;

        Assert.Contains("Portal:PublicUrl", said, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', said);
        Assert.EndsWith(".", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Production", "https://chat.example.com")]
    [InlineData("Production", "https://chat.example.com:8443/")]
    [InlineData("Production", "http://localhost:5080")]
    [InlineData("Production", "http://127.0.0.1:5080/")]
    [InlineData("Production", "http://[::1]:5080")]
    [InlineData("Development", "http://192.168.7.5:5080")]
    public void An_address_that_can_be_is_taken(string environment, string url) =>
        Assert.Null(Said(environment, ("Portal:PublicUrl", url)));

    [Theory]
    [InlineData("Portal:ActionLimits:WidgetsPerClient", "-1")]
    [InlineData("Portal:ActionLimits:WidgetsPerClient", "many")]
    [InlineData("Portal:Name", "")]
    [InlineData("Portal:PrivacyUrl", "javascript:alert(1)")]
    [InlineData("Portal:PrivacyUrl", "privacy")]
    [InlineData("Portal:OtherHosts:0", "https://cdn.example.com")]
    [InlineData("Portal:DrainTime", "soon")]
    [InlineData("Portal:Proxies:0", "the proxy")]
    [InlineData("Portal:SignUp", "maybe")]
    public void A_setting_that_is_wrong_is_named(string setting, string value)
    {
        var said = Said("Production", ("Portal:PublicUrl", "https://chat.example.com"), (setting, value))!;

        Assert.Contains(
            setting.EndsWith(":0", StringComparison.Ordinal) ? setting[..^2] : setting,
            said,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\n', said);
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false)]
    [InlineData("//////////////////////////////////////////8=", false)]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", false)]
    [InlineData("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", false)]
    [InlineData("n1IJFtU2dOZ0mpZB0TBB3E4YvHfVUVPJOiTkcqB2uF0=", true)]
    public void In_production_a_master_key_is_random(string key, bool isTaken)
    {
        var options = new MasterKeyOptions { MasterKey = key };
        Assert.NotNull(MasterKeys.Load(options, null));
        if (isTaken)
        {
            Assert.NotNull(MasterKeys.Load(options, null, isProduction: true));
        }
        else
        {
            Assert.Contains(
                "Portal:MasterKey ",
                Assert.Throws<CannotStartException>(() => MasterKeys.Load(options, null, isProduction: true)).Message,
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task The_portal_prints_the_sentence_and_ends_with_a_failure()
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Portal.dll"));
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["ASPNETCORE_CONTENTROOT"] = RepositoryPaths.Portal;
        start.Environment["Urls"] = "http://127.0.0.1:0";
        using var portal = Process.Start(start)!;
        var (said, printed) = (portal.StandardError.ReadToEndAsync(), portal.StandardOutput.ReadToEndAsync());
        await portal.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(1, portal.ExitCode);
        Assert.Equal(
            "Portal:PublicUrl must be set to the address at which browsers reach the portal, such as https://chat.example.com.",
            (await said).Trim()
        );
        Assert.DoesNotContain("Exception", await printed, StringComparison.Ordinal);
    }

    /// <summary>
    /// Each property of each class of settings, with what its type cannot hold and what lies outside its range.
    /// </summary>
    [Fact]
    public void Every_setting_that_cannot_be_read_or_is_out_of_range_is_named_in_one_sentence()
    {
        var faults = new List<string>();
        var tried = 0;
        foreach (var section in portal.Services.GetServices<SettingsSection>().DistinctBy(section => section.Type))
        {
            foreach (var setting in section.Type.GetProperties().Where(setting => setting.CanWrite))
            {
                foreach (var wrong in Wrong(setting))
                {
                    tried++;
                    var name = $"{section.Section}:{setting.Name}";
                    var said = SaidOf(section, (name, wrong));
                    if (
                        said?.StartsWith($"{name} ", StringComparison.Ordinal) != true
                        || !said.EndsWith('.')
                        || said.Contains('\n', StringComparison.Ordinal)
                    )
                    {
                        faults.Add($"{name}={wrong}: {said ?? "nothing"}");
                    }
                }
            }
        }

        Assert.Empty(faults);
        Assert.InRange(tried, 100, int.MaxValue);
    }

    private static IEnumerable<string> Wrong(PropertyInfo setting)
    {
        var type = Nullable.GetUnderlyingType(setting.PropertyType) ?? setting.PropertyType;
        if (type != typeof(string) && type != typeof(Uri) && !type.IsArray)
        {
            yield return "nonsense";
        }

        foreach (var range in setting.GetCustomAttributes<RangeAttribute>())
        {
            switch (range)
            {
                case { OperandType: { } operand } when operand == typeof(TimeSpan):
                    yield return "-00:00:01";
                    yield return "99.00:00:00";
                    break;
                case { Minimum: int least, Maximum: int most }:
                    yield return $"{least - 1}";
                    if (most < int.MaxValue)
                    {
                        yield return $"{most + 1}";
                    }

                    break;
                case { Minimum: double least, Maximum: double most }:
                    yield return string.Create(CultureInfo.InvariantCulture, $"{least - 1}");
                    yield return string.Create(CultureInfo.InvariantCulture, $"{most + 1}");
                    break;
            }
        }

        foreach (var length in setting.GetCustomAttributes<StringLengthAttribute>())
        {
            yield return new string('x', length.MaximumLength + 1);
            if (length.MinimumLength > 1)
            {
                yield return new string('x', length.MinimumLength - 1);
            }
        }

        if (setting.IsDefined(typeof(HttpAddressAttribute)))
        {
            yield return "collector:4317";
            yield return "collector";
        }

        if (setting.IsDefined(typeof(RegularExpressionAttribute)))
        {
            yield return "nonsense";
        }
    }

    private static string? SaidOf(SettingsSection section, params IEnumerable<(string Key, string? Value)> settings) =>
        Said(settings, services =>
            typeof(Settings)
                .GetMethods()
                .Single(method => method.Name == "AddSettings")
                .MakeGenericMethod(section.Type)
                .Invoke(null, [services, section.Section])
        );

    private static string? Said(string environment, params IEnumerable<(string Key, string? Value)> settings) =>
        Said(settings, services =>
            services
                .AddSingleton<IHostEnvironment>(new HostingEnvironment { EnvironmentName = environment })
                .AddPortalOptions()
                .AddLimits()
                .AddDraining()
                .AddProxies()
                .AddSignUp()
        );

    private static string? Said(IEnumerable<(string Key, string? Value)> settings, Action<IServiceCollection> add)
    {
        var collection = new ServiceCollection().AddSingleton<IConfiguration>(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => setting.Value))
                .Build()
        );
        add(collection);
        using var services = collection.BuildServiceProvider();
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
            return null;
        }
        catch (Exception error) when (Settings.SentencesOf(error) is { } sentences)
        {
            return sentences;
        }
    }
}
