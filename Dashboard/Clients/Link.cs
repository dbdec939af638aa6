namespace Platform.Dashboard.Clients;

/// <summary>How a stream stands.</summary>
public enum LinkState
{
    /// <summary>Asked for; nothing has come yet.</summary>
    Connecting,

    /// <summary>Messages come.</summary>
    Live,

    /// <summary>It broke; it will be tried again.</summary>
    Reconnecting,

    /// <summary>The service ended it, since there is no more to tell.</summary>
    Ended,

    /// <summary>It broke for a reason that does not pass by itself.</summary>
    Failed,
}

/// <summary>How a stream stands, for showing.</summary>
/// <param name="State">The state.</param>
/// <param name="Failure">Why it is not live.</param>
/// <param name="Attempt">Failures since it was last live.</param>
/// <param name="RetryDelay">How long until it is tried again.</param>
public sealed record Link(LinkState State, CallFailure? Failure = null, int Attempt = 0, TimeSpan RetryDelay = default)
{
    /// <summary>A stream that was just asked for.</summary>
    public static Link Connecting { get; } = new(LinkState.Connecting);

    /// <summary>A stream that delivers.</summary>
    public static Link Live { get; } = new(LinkState.Live);

    /// <summary>A stream that the service ended.</summary>
    public static Link Ended { get; } = new(LinkState.Ended);
}
