namespace Platform.Workers;

/// <summary>How to start a worker process.</summary>
/// <param name="Command">The program, as a path or a name to be found in PATH, and its arguments.</param>
/// <param name="OutputPath">File that its standard output and standard error are appended to.</param>
public sealed record WorkerStart(IReadOnlyList<string> Command, string OutputPath)
{
    /// <summary>Variables on top of this process's and of <see cref="WorkerEnvironment"/>; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Priority, 0 (as this process) to 19 (lowest). Default 10: calls stay quick beside training.</summary>
    public int Nice { get; init; } = 10;
}
