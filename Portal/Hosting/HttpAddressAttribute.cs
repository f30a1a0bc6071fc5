using System.ComponentModel.DataAnnotations;

namespace Portal.Hosting;

/// <summary>An absolute URL with http or https and a host.</summary>
public sealed class HttpAddressAttribute : ValidationAttribute
{
    public HttpAddressAttribute() => ErrorMessage = "must be an http or https URL such as http://collector:4317.";

    public override bool IsValid(object? value) =>
        value is null or Uri { IsAbsoluteUri: true, Scheme: "http" or "https", Host.Length: > 0 };
}
