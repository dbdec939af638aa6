namespace Platform.Workspaces.Changes;

/// <summary>What a follower of a list is told; one of the three is there.</summary>
/// <typeparam name="T">The resource.</typeparam>
/// <param name="Snapshot">The list as it is, newest first.</param>
/// <param name="Changed">One that is new or has changed.</param>
/// <param name="RemovedId">The id of one that is gone.</param>
public sealed record ListUpdate<T>(IReadOnlyList<T>? Snapshot, T? Changed, string? RemovedId)
    where T : class;
