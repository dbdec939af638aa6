using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Eval.V1;
using Platform.Contracts.Inference.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.FakeSuite;

/// <summary>
/// Everything that the fake services know. All access is under <see cref="Lock"/>; whoever watches waits for
/// <see cref="ChangedAsync"/> and compares with what it sent last.
/// </summary>
public sealed class World : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _clock = Task.CompletedTask;

    /// <summary>A world with realistic data.</summary>
    public World() => Seed.Fill(this);

    /// <summary>Held while anything here is read or written.</summary>
    public object Lock { get; } = new();

    /// <summary>Runs by name, oldest first.</summary>
    public Dictionary<string, FakeRun> Runs { get; } = [];

    /// <summary>Sweeps, newest first.</summary>
    public List<Sweep> Sweeps { get; } = [];

    /// <summary>Evaluations, newest first.</summary>
    public List<Evaluation> Evaluations { get; } = [];

    /// <summary>Graded items of each evaluation.</summary>
    public Dictionary<string, List<Example>> Examples { get; } = [];

    /// <summary>Tokenizers, newest first.</summary>
    public List<Tokenizer> Tokenizers { get; } = [];

    /// <summary>Data sets, newest first.</summary>
    public List<Dataset> Datasets { get; } = [];

    /// <summary>Models in memory.</summary>
    public List<Model> Models { get; } = [];

    /// <summary>Folders that were exported.</summary>
    public HashSet<string> Exports { get; } = [];

    /// <summary>Generations that are under way now.</summary>
    public int ActiveGenerations { get; set; }

    /// <summary>Seconds between two generated tokens.</summary>
    public double TokenSeconds { get; set; } = 0.04;

    /// <summary>Now, as the wire writes it.</summary>
    public static Timestamp Now => Timestamp.FromDateTime(DateTime.UtcNow);

    /// <summary>Completes at the next change.</summary>
    public Task ChangedAsync()
    {
        lock (Lock)
            return _changed.Task;
    }

    /// <summary>Changes something and wakes the watchers.</summary>
    /// <param name="change">The change.</param>
    public void Change(Action change)
    {
        TaskCompletionSource done;
        lock (Lock)
        {
            change();
            done = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        done.SetResult();
    }

    /// <summary>Adds a run that goes on for longer than any test.</summary>
    /// <param name="id">Its id.</param>
    public void AddRunning(string id) => Change(() => Runs["runs/" + id] = new(new()
    {
        Name = "runs/" + id,
        State = Contracts.Common.V1.State.Running,
        Spec = Seed.Spec(1_000_000, "datasets/stories-tokens"),
        CreateTime = Now,
        StartTime = Now,
        Attempt = 1,
        ParameterCount = 10_745_088,
        TrainableParameterCount = 10_745_088,
    }));

    /// <summary>Adds a run that was cancelled before its first step.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="title">What it is called.</param>
    public void AddEnded(string id, string title) => Change(() => Runs["runs/" + id] = new(new()
    {
        Name = "runs/" + id,
        DisplayName = title,
        State = Contracts.Common.V1.State.Cancelled,
        Spec = Seed.Spec(100, "datasets/stories-tokens"),
        CreateTime = Now,
        EndTime = Now,
    }));

    /// <summary>Lets everything that runs go on by itself, four times a second.</summary>
    public void StartClock() => _clock = RunClockAsync();

    /// <summary>Lets everything that runs go on once.</summary>
    /// <param name="steps">Steps that each run does.</param>
    public void Tick(int steps = 2) => Change(() => Progress.Advance(this, steps));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _clock;
        _stopping.Dispose();
    }

    private async Task RunClockAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
                Tick();
        }
        catch (OperationCanceledException)
        {
            // The suite ends.
        }
    }
}
