namespace Portal.Data;

/// <summary>How much is being written just now, for work that can wait while visitors talk.</summary>
public interface IWriteLoad
{
    /// <summary>Nothing waits to be written, and nothing was written lately.</summary>
    bool IsIdle { get; }

    /// <summary>More waits than one write takes along.</summary>
    bool IsBusy { get; }
}
