namespace Portal.Data;

/// <summary>How busy the journal is, for work that can wait while visitors write.</summary>
public interface IWriteLoad
{
    /// <summary>Nothing is waiting, and nothing was written recently.</summary>
    bool IsIdle { get; }

    /// <summary>More entries are waiting than one batch takes.</summary>
    bool IsBusy { get; }
}
