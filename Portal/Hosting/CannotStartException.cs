namespace Portal.Hosting;

/// <summary>Something the operator has to put right before the portal can start. The message is the whole story, fit to be printed alone.</summary>
public sealed class CannotStartException(string message, Exception? cause = null) : Exception(message, cause);
