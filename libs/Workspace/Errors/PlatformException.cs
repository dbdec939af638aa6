namespace Platform.Workspaces.Errors;

/// <summary>
/// An error that its caller is told. ServiceDefaults turns each kind into a gRPC status with details; whatever is none
/// of these becomes INTERNAL with a fixed text.
/// </summary>
/// <param name="reason">One word for programs, UPPER_SNAKE_CASE.</param>
/// <param name="message">For people: what is wrong and what to do.</param>
/// <param name="inner">What caused it.</param>
public abstract class PlatformException(string reason, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>One word for programs, UPPER_SNAKE_CASE, such as RUN_NOT_FOUND.</summary>
    public string Reason { get; } = reason;
}
