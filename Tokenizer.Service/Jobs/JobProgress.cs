namespace Platform.TokenizerHost.Jobs;

/// <summary>How far a job has come.</summary>
/// <param name="Done">Units done so far.</param>
/// <param name="Total">Units in all; 0 while unknown.</param>
/// <param name="Unit">What a unit is: bytes, merges, documents, items.</param>
/// <param name="Phase">What is being done now, in words for people.</param>
/// <param name="Remaining">Time left in this phase at its speed so far; null while unknown.</param>
internal sealed record JobProgress(long Done, long Total, string Unit, string Phase, TimeSpan? Remaining = null);
