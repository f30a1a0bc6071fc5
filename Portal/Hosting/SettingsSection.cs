namespace Portal.Hosting;

/// <summary>An options class and the section it is bound to.</summary>
public sealed record SettingsSection(Type Type, string Section);
