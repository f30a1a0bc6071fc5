namespace Portal.Model;

/// <summary>The state of a demo, for every page and list.</summary>
public enum DemoState
{
    Active,

    /// <summary>Its message limit is reached.</summary>
    LimitReached,

    /// <summary>Somebody revoked it or turned its widget off.</summary>
    Revoked,
    Expired,
}

public static class DemoStates
{
    /// <param name="isOn">Of the demo's widget.</param>
    public static DemoState Of(
        DateTimeOffset? expiresAt,
        bool isOn,
        bool isRevoked,
        bool isUsedUp,
        DateTimeOffset now
    ) =>
        expiresAt <= now ? DemoState.Expired
        : isRevoked || !isOn ? DemoState.Revoked
        : isUsedUp ? DemoState.LimitReached
        : DemoState.Active;

    extension(DemoState state)
    {
        public (string Text, string Tone) Badge =>
            state switch
            {
                DemoState.Active => ("Active", "ok"),
                DemoState.LimitReached => ("Limit reached", "warn"),
                DemoState.Revoked => ("Revoked", ""),
                _ => ("Expired", ""),
            };
    }
}
