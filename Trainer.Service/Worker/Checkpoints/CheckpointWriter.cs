using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Platform.Modeling;
using Platform.TrainerHost.Runs;
using Platform.Workspaces;

namespace Platform.TrainerHost.Worker.Checkpoints;

/// <summary>
/// Puts a run's whole state into a checkpoint (docs/decisions/0001) and lets go of superfluous ones, on a thread of its
/// own: training goes on meanwhile, and what the next update changes is copied just before it.
/// </summary>
internal sealed class CheckpointWriter(
    CheckpointStore store,
    Gpt model,
    LoraAdapter? adapter,
    ParameterSelection selection,
    AdamW optimizer,
    RunBase source,
    string tokenizerPath,
    int keepLast,
    RunRecords records) : IDisposable
{
    private TensorSnapshot? _snapshot;
    private Thread? _thread;
    private ExceptionDispatchInfo? _failure;
    private TimeSpan _pause;

    /// <summary>Begins to write the state as it is now; waits for an earlier checkpoint that is still being written.
    /// </summary>
    /// <exception cref="IOException">The earlier one could not be written: no space, or the disk failed.</exception>
    public void Write(TrainerState state)
    {
        var begin = Stopwatch.GetTimestamp();
        Complete();
        var contents = new Contents(
            state.Step,
            state.ValidatedStep == state.Step ? state.ValidationLoss : null,
            JsonSerializer.SerializeToUtf8Bytes(state, WorkspaceJson.Indented),
            optimizer.StepCount);
        _snapshot = new TensorSnapshot(
            selection.Parameters.Select(parameter => (TorchSharp.torch.Tensor)parameter.Value)
                .Concat(optimizer.Moments));
        _thread = new Thread(() => WriteGuarded(contents)) { Name = "checkpoint", IsBackground = true };
        _thread.Start();
        _pause += Stopwatch.GetElapsedTime(begin);
    }

    /// <summary>
    /// Makes a checkpoint that is being written independent of the weights, which are about to change.
    /// </summary>
    public void BeforeUpdate()
    {
        if (_snapshot is null)
            return;
        var begin = Stopwatch.GetTimestamp();
        _snapshot.Release();
        if (_thread is { IsAlive: false })
            Complete();
        _pause += Stopwatch.GetElapsedTime(begin);
    }

    /// <summary>Throws where the last checkpoint could not be written.</summary>
    /// <exception cref="IOException">No space, or the disk failed; earlier checkpoints are untouched.</exception>
    public void ThrowIfFailed()
    {
        if (_thread is { IsAlive: false })
            Complete();
    }

    /// <summary>Waits until the checkpoint is written.</summary>
    /// <exception cref="IOException">No space, or the disk failed; earlier checkpoints are untouched.</exception>
    public void Complete()
    {
        _thread?.Join();
        _thread = null;
        _snapshot?.Dispose();
        _snapshot = null;
        var failure = _failure;
        _failure = null;
        failure?.Throw();
    }

    /// <summary>Seconds that training stood still for checkpoints since the last call; null where it did not.</summary>
    public double? TakePause()
    {
        var pause = _pause.TotalSeconds;
        _pause = TimeSpan.Zero;
        return pause > 0 ? pause : null;
    }

    /// <summary>Waits for the thread: nothing of what it reads may go before it has ended.</summary>
    public void Dispose()
    {
        _thread?.Join();
        _snapshot?.Dispose();
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Design", "CA1031", Justification = "Whatever it is, the thread that trains throws it again.")]
    private void WriteGuarded(Contents contents)
    {
        try
        {
            var begin = Stopwatch.GetTimestamp();
            // What the checkpoint's steps wrote must not be younger than it after a power cut. Here, for a disk that is
            // busy lets whoever flushes wait.
            records.FlushToDisk();
            var written =
                store.Write(contents.Step, contents.ValidationLoss, folder => WriteFiles(folder, contents));
            records.Event(
                "checkpoint",
                string.Create(CultureInfo.InvariantCulture, $"Checkpoint after step {contents.Step} written."),
                ("step", contents.Step),
                ("size_bytes", written.Mark.Files.Values.Sum(file => file.SizeBytes)),
                ("seconds", Stopwatch.GetElapsedTime(begin).TotalSeconds),
                ("validation_loss", contents.ValidationLoss));
            store.Prune(keepLast);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    private void WriteFiles(string folder, Contents contents)
    {
        if (adapter is not null)
        {
            model.Config.Save(Path.Combine(folder, ModelFolder.ConfigFile));
            PeftAdapter.Save(adapter, folder, source.Name ?? source.Folder!, _snapshot);
            File.WriteAllText(
                Path.Combine(folder, CheckpointFiles.Base), source.ToJson().ToJsonString(WorkspaceJson.Indented));
        }
        else
        {
            ModelFolder.Save(model, folder, _snapshot);
        }

        optimizer.Save(Path.Combine(folder, CheckpointFiles.Optimizer), _snapshot, contents.OptimizerSteps);
        File.Copy(tokenizerPath, Path.Combine(folder, CheckpointFiles.Tokenizer));
        File.WriteAllBytes(Path.Combine(folder, CheckpointFiles.Trainer), contents.State);
    }

    private sealed record Contents(long Step, double? ValidationLoss, byte[] State, int OptimizerSteps);
}
