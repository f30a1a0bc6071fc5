namespace Portal.Hosting;

/// <summary>
/// Marks a setting whose value belongs in a secret store and must never appear on a page or in a log.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
