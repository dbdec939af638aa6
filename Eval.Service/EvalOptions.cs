namespace Platform.EvalHost;

/// <summary>Settings of section <c>Eval</c>.</summary>
public sealed class EvalOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Eval";

    /// <summary>
    /// Evaluations that may wait, 1 to 100,000. Default 1000; beyond it a call gets RESOURCE_EXHAUSTED.
    /// </summary>
    public int MaxQueued { get; set; } = 1000;

    /// <summary>
    /// How often a worker that died is started again without having graded anything since, 0 to 100. Default 3; then
    /// the evaluation has failed.
    /// </summary>
    public int MaxRestarts { get; set; } = 3;

    /// <summary>
    /// Seconds that a worker has to end when the service stops, 1 to 25. Default 15; then it is killed.
    /// </summary>
    public int StopSeconds { get; set; } = 15;
}
