using Platform.TokenizerHost.Jobs;

namespace Platform.Tokenizer.Service.Tests.Jobs;

/// <summary>Work that waits for its test: a job ends when <see cref="Finish"/> is given what it should do.</summary>
internal sealed class FakeWork : IJobWork
{
    private readonly Dictionary<string, TaskCompletionSource<Action>> _ends = [];

    public static string Collection => "datasets";

    public List<string> Started { get; } = [];

    public bool GoesOn { get; init; }

    public bool IsComplete(string folder) => File.Exists(Path.Combine(folder, "manifest.json"));

    public async Task RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(context.Folder, "part.bin"), "half", cancellationToken);
        lock (Started)
            Started.Add(context.Job.Id);
        context.Report(0, 10, "bytes", "reading");
        context.Report(5, 10, "bytes", "writing");
        (await EndOf(context.Job.Id).Task.WaitAsync(cancellationToken))();
        await File.WriteAllTextAsync(Path.Combine(context.Folder, "manifest.json"), "{}", cancellationToken);
    }

    public void Finish(string id, Action? how = null) => EndOf(id).TrySetResult(how ?? (() => { }));

    private TaskCompletionSource<Action> EndOf(string id)
    {
        lock (_ends)
        {
            if (!_ends.TryGetValue(id, out var end))
                _ends[id] = end = new TaskCompletionSource<Action>(TaskCreationOptions.RunContinuationsAsynchronously);
            return end;
        }
    }
}
