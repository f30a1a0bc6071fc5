using System.ComponentModel.DataAnnotations;

namespace Portal.Demos;

/// <summary>Settings <c>Portal:Demos:…</c>.</summary>
public sealed class DemoOptions
{
    /// <summary>
    /// Days between a demo's end and its deletion. Until then it can be extended, and its page says that it has
    /// expired.
    /// </summary>
    [Range(0, 365)]
    public int KeepDays { get; set; } = 7;
}
