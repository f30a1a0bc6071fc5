namespace Portal.Hosting;

/// <summary>
/// Something that the operator has to fix before the portal can start. The message is complete and can be printed
/// alone.
/// </summary>
public sealed class CannotStartException(string message, Exception? cause = null) : Exception(message, cause);
