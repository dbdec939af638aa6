using System.Diagnostics;
using System.Globalization;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.TrainerHost.Worker.Ranks;
using Platform.Workers;
using Platform.Workspaces;
using static TorchSharp.torch;
using Device = TorchSharp.torch.Device;

namespace Platform.TrainerHost.Worker;

/// <summary>A run made ready to train: all is opened, built and, after a restart, filled from a checkpoint.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly Stack<IDisposable> _owned = [];
    private readonly RunRecords _records;
    private readonly StopRequest _stop;
    private readonly RunSpec _spec;
    private readonly RunEstimate? _estimate;
    private readonly TrainingPlan _plan;
    private readonly RankGroup _ranks;
    private TrainerState _state;
    private StoredCheckpoint? _resumed;
    private TrainingLoop? _loop;
    private bool _isOnProcessor;

    private TrainingRun(RunRecord file, RankGroup ranks, RunRecords records, StopRequest stop)
    {
        _spec = file.Spec;
        _estimate = file.Estimate;
        _plan = _spec.ToPlan(ranks.World);
        _ranks = ranks;
        _state = new TrainerState { Seed = _spec.Seed };
        _records = records;
        _stop = stop;
    }

    /// <summary>Opens the run in a folder.</summary>
    /// <exception cref="TrainingException">Something that it needs is missing, damaged or does not fit.</exception>
    public static TrainingRun Open(
        RunRecord file,
        WorkerArguments arguments,
        RankGroup ranks,
        RunRecords records,
        StopRequest stop,
        TimeProvider time)
    {
        var run = new TrainingRun(file, ranks, records, stop);
        try
        {
            run.Prepare(arguments, file, time);
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Trains to the end, or until it is to stop, and says so.</summary>
    public LoopEnd Run()
    {
        var begin = Stopwatch.GetTimestamp();
        var first = _loop!.Step;
        var end = _loop.Run(_resumed?.Step);
        var peak = PeakMemory();
        _records.Ended(end, _state, _plan, _stop.Reason, peak);
        if (_estimate is not null && _ranks.IsFirst)
            LogTaken(_estimate, _loop.Step - first, Stopwatch.GetElapsedTime(begin), peak);
        return end;
    }

    // What lies on a card is no part of the processes' memory.
    private long? PeakMemory()
    {
        double[] peak = [ResidentMemory.ReadPeak() ?? 0];
        _ranks.Sum(peak);
        return _isOnProcessor && peak[0] > 0 ? (long)peak[0] : null;
    }

    private void LogTaken(RunEstimate estimate, long steps, TimeSpan time, long? peak)
    {
        const double mib = 1L << 20;
        var memory = peak is { } bytes
            ? string.Create(
                CultureInfo.InvariantCulture,
                $", memory {bytes / mib:F0} MiB (estimated {estimate.MemoryBytes / mib:F0})")
            : "";
        _records.Log(string.Create(
            CultureInfo.InvariantCulture,
            $"taken: {time.TotalSeconds:F1} s for {steps} steps with all that belongs between them (estimated "
            + $"{estimate.Seconds:F1} s for {estimate.Steps}){memory}"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out var owned))
            owned.Dispose();
    }

    private void Prepare(WorkerArguments arguments, RunRecord file, TimeProvider time)
    {
        var device = RunDevice.Choose(_spec, arguments.Place, arguments.Device);
        _ranks.Use(device);
        _isOnProcessor = device.type == TorchSharp.DeviceType.CPU;
        var root = new DataRoot(arguments.DataRoot);
        var data = Own(RunDataset.Open(root, _spec.Dataset));
        var store = new CheckpointStore(Path.Combine(arguments.RunFolder, "checkpoints"));
        // One looks after the folder; the others go on from what it has found.
        if (_ranks.IsFirst)
            _resumed = ResumePoint.Find(store, _records);
        _ranks.Barrier();
        if (!_ranks.IsFirst)
            _resumed = store.List().Complete is [var newest, ..] ? newest : null;
        if (_resumed is not null)
            _state = ResumePoint.ReadState(_resumed);

        var model = BuildModel(file.Base, data, device, root);
        var selection = ParameterSelection.Of(model);
        var optimizer = Own(new AdamW(selection, _spec.ToAdamW()));
        if (_resumed is not null)
            optimizer.Load(_resumed[CheckpointFiles.Optimizer]);
        _ranks.Share(selection.Parameters.Select(parameter => (Tensor)parameter.Value).Concat(optimizer.Moments));
        model.ClearCopies();

        var batches = Own(new MicroBatches(_plan, data, (_ranks.Rank, _ranks.World), device));
        batches.Open(FirstRows(arguments.BackOffs), _state.Data, _state.Tokens);
        var dropout = Own(new Generator(0, device));
        model.DropoutGenerator = dropout;
        var tokenizer = TokenizerFiles.Load(Path.GetDirectoryName(data.TokenizerPath)!);
        var step = new TrainingStep(
            _plan, model, selection, optimizer, _spec.ToSchedule(), batches, _ranks, dropout);
        _loop = new TrainingLoop(_plan, _state, step, _ranks, _records, _stop)
        {
            Validator = Validator.Create(_plan, data, model, tokenizer, _ranks, _records) is { } validator
                ? Own(validator).Run
                : null,
            Grader = ItemGrader.Create(_spec.Evaluation, root, model, tokenizer, _ranks),
            Samples = _plan.SampleInterval > 0 && _ranks.IsFirst
                ? new SampleWriter(_plan, model, tokenizer, _records)
                : null,
            Checkpoints = _ranks.IsFirst
                ? Own(new CheckpointWriter(
                    store, model, model.Adapter, selection, optimizer, file.Base, data.TokenizerPath, _plan.KeepLast,
                    _records))
                : null,
            Figures = CreateFigures(model, selection, device, root, time),
        };
        _records.Model(model, selection, _spec, _ranks, _resumed?.Step);
    }

    // Sequences at once: fewer than the spec says where memory ran out in an earlier attempt.
    private int FirstRows(int backOffs)
    {
        var rows = _plan.MicroBatchSize;
        for (var i = 0; i < backOffs; i++)
            rows = TrainingPlan.Smaller(rows) ?? rows;
        rows = Math.Min(rows, _state.MicroBatchSize ?? rows);
        if (rows != _plan.MicroBatchSize)
            _state.MicroBatchSize = rows;
        return rows;
    }

    private StepFigures CreateFigures(
        Gpt model, ParameterSelection selection, Device device, DataRoot root, TimeProvider time) => new(
        Own(new ResidentMemory(time)),
        StepFigures.FlopsPerToken(model.Config, _plan.SequenceLength, selection.Count),
        PeakFlops.Of(root, device, model.ComputeType, _ranks, time));

    private Gpt BuildModel(RunBase source, RunDataset data, Device device, DataRoot root)
    {
        var model = Own(RunModel.Create(_spec, source, data, device, _resumed));
        if (_spec.Lora is not null)
        {
            model.Attach(Own(RunAdapter.Create(model, _spec, _resumed?.Folder, root)));
            model.CastBase();
        }

        return model;
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }
}
