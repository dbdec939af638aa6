namespace Platform.Dashboard.Clients;

/// <summary>What a stream of a list tells; one of the three is there.</summary>
/// <typeparam name="T">The resource.</typeparam>
/// <param name="Snapshot">The list as it is; it takes the place of all that was known.</param>
/// <param name="Changed">One that is new or has changed.</param>
/// <param name="Removed">The name of one that is gone; empty else.</param>
public sealed record ListChange<T>(IReadOnlyList<T>? Snapshot, T? Changed, string Removed)
    where T : class;
