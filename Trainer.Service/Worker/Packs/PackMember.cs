using Platform.Modeling;
using Platform.Tokenization;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.TrainerHost.Worker.Ranks;
using Platform.Workers;
using Platform.Workspaces;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker.Packs;

/// <summary>One run of a pack: its adapter and optimizer on the common base, its own folder, state and end.</summary>
internal sealed class PackMember : IDisposable
{
    private readonly Stack<IDisposable> _owned = [];
    private readonly WorkerArguments _arguments;
    private readonly TrainingPlan _plan;
    private readonly TimeProvider _time;
    private TrainerState _state;
    private TrainingLoop? _loop;
    private LoraAdapter? _adapter;
    private Generator? _dropout;
    private TrainingStep? _step;

    /// <summary>Takes over a run that is locked for this process.</summary>
    public PackMember(WorkerArguments arguments, RunRecord record, RunRecords records, TimeProvider time)
    {
        (_arguments, Record, Records, _time) = (arguments, record, records, time);
        _plan = record.Spec.ToPlan();
        _state = new TrainerState { Seed = record.Spec.Seed };
    }

    public RunRecord Record { get; }

    public RunRecords Records { get; }

    /// <summary>The wish that this run ends, whatever the others do.</summary>
    public StopRequest Stop { get; } = new();

    /// <summary>What it trains.</summary>
    public LoraAdapter Adapter => _adapter!;

    /// <summary>Draws its dropout masks, the same as if it trained alone.</summary>
    public Generator Dropout => _dropout!;

    /// <summary>What belongs between its steps.</summary>
    public TrainingLoop Loop => _loop!;

    /// <summary>The file whose presence asks for the run's end.</summary>
    public static string StopFile(string runFolder) => Path.Combine(runFolder, ".stop");

    /// <summary>Looks whether the service wants the run to end.</summary>
    public void LookForStop()
    {
        if (File.Exists(StopFile(_arguments.RunFolder)))
            Stop.Request("the run was cancelled");
    }

    /// <summary>Makes or loads its adapter and all that trains it.</summary>
    /// <param name="model">The common base.</param>
    /// <param name="data">The common data set.</param>
    /// <param name="batches">The common batches.</param>
    /// <param name="peak">What the device can do in a second.</param>
    /// <param name="validator">The common validation; null: none.</param>
    /// <exception cref="TrainingException">The adapter does not fit, or is damaged.</exception>
    public void Prepare(
        Gpt model,
        RunDataset data,
        MicroBatches batches,
        PeakFlops peak,
        Func<PackMember, ValidationResult?>? validator)
    {
        var (spec, root) = (Record.Spec, new DataRoot(_arguments.DataRoot));
        var store = new CheckpointStore(Path.Combine(_arguments.RunFolder, "checkpoints"));
        var resumed = ResumePoint.Find(store, Records);
        if (resumed is not null)
            _state = ResumePoint.ReadState(resumed);
        _adapter = Own(RunAdapter.Create(model, spec, resumed?.Folder, root));
        var selection = ParameterSelection.OfAdapter(model, _adapter);
        var optimizer = Own(new AdamW(selection, spec.ToAdamW()));
        if (resumed is not null)
            optimizer.Load(resumed[CheckpointFiles.Optimizer]);
        _dropout = Own(new Generator(0, model.Device));
        _step = new TrainingStep(
            _plan, model, selection, optimizer, spec.ToSchedule(), batches, RankGroup.Alone, _dropout);
        var tokenizer = TokenizerFiles.Load(Path.GetDirectoryName(data.TokenizerPath)!);
        _loop = new TrainingLoop(_plan, _state, _step, RankGroup.Alone, Records, Stop)
        {
            Validator = validator is null ? null : _ => validator(this),
            Grader = ItemGrader.Create(spec.Evaluation, root, model, tokenizer, RankGroup.Alone),
            Samples = _plan.SampleInterval > 0 ? new SampleWriter(_plan, model, tokenizer, Records) : null,
            Checkpoints = Own(new CheckpointWriter(
                store, model, _adapter, selection, optimizer, Record.Base, data.TokenizerPath, _plan.KeepLast,
                Records)),
            Figures = new StepFigures(
                Own(new ResidentMemory(_time)),
                StepFigures.FlopsPerToken(model.Config, _plan.SequenceLength, selection.Count),
                peak),
        };
        _loop.Begin(resumed?.Step);
        Records.Model(model, selection, spec, RankGroup.Alone, resumed?.Step);
    }

    /// <summary>Makes ready for a step's gradients.</summary>
    public void BeginStep() => _step!.Begin(_state.Step);

    /// <summary>Says how it has ended.</summary>
    public void Ended(LoopEnd end) => Records.Ended(end, _state, _plan, Stop.Reason);

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out var owned))
            owned.Dispose();
        Stop.Dispose();
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }
}
