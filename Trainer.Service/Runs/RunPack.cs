namespace Platform.TrainerHost.Runs;

/// <summary>Runs that may train together in one process.</summary>
/// <param name="Key">The same for all of them.</param>
/// <param name="Size">At most so many at once.</param>
internal sealed record RunPack(string Key, int Size);
