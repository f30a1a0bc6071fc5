namespace Portal.Web;

/// <summary>Endpoint metadata: the call names its client itself, whoever is signed in in that browser.</summary>
public sealed class NamesItsClient;
