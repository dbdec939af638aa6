namespace Platform.TokenizerHost.Jobs;

/// <summary>What the jobs of one collection do.</summary>
internal interface IJobWork
{
    /// <summary>The collection's name: <c>datasets</c>, <c>tokenizers</c>.</summary>
    static abstract string Collection { get; }

    /// <summary>Whether work that was interrupted goes on with what it left in its folder; else that is removed and the
    /// work starts anew.</summary>
    bool GoesOn { get; }

    /// <summary>Whether a folder holds what its job was to make, whole.</summary>
    bool IsComplete(string folder);

    /// <summary>
    /// Makes the resource in the context's folder and completes it last. Runs on a thread of the pool; must end
    /// within a second of the token. A <see cref="Workspaces.Errors.PlatformException"/> or an IOException becomes
    /// the job's error with its message; any other exception one with a fixed text and an id that stands in the log.
    /// </summary>
    Task RunAsync(JobContext context, CancellationToken cancellationToken);
}
