namespace Platform.Testing;

/// <summary>What a <see cref="ScriptedServer"/> answers.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The bytes that are sent.</param>
public sealed record ScriptedReply(int Status, byte[] Body)
{
    /// <summary>Other headers.</summary>
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>The Content-Length that is claimed; null: the body's own.</summary>
    public long? ClaimedLength { get; init; }

    /// <summary>Whether the connection stays open, silent, when the body has been sent.</summary>
    public bool Stalls { get; init; }
}
