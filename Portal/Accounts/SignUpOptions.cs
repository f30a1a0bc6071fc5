using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Portal.Hosting;

namespace Portal.Accounts;

/// <summary>The setting <c>Portal:SignUp</c>: whether strangers may create a client of their own.</summary>
public sealed class SignUpOptions
{
    /// <summary>
    /// <c>closed</c>, or <c>open</c>, which lets strangers create a client after they confirmed their email address.
    /// </summary>
    [RegularExpression("closed|open", ErrorMessage = "Portal:SignUp is either \"closed\" or \"open\".")]
    public string SignUp { get; set; } = "closed";

    public bool IsOpen => SignUp == "open";
}

public static class SignUpServices
{
    public static IServiceCollection AddSignUp(this IServiceCollection services)
    {
        services.AddSettings<SignUpOptions>("Portal");
        return services.AddSingleton(provider => provider.GetRequiredService<IOptions<SignUpOptions>>().Value);
    }
}
