using Platform.Contracts.Common.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.TrainerHost.Runs;

/// <summary>
/// What <c>events.jsonl</c> and <c>metrics.jsonl</c> come to: a run's state and figures. The same lines give the same
/// result whenever they are read, so the files are the truth and this is a view of them.
/// </summary>
internal sealed class RunHistory
{
    private readonly List<(int Attempt, long Step, double Loss)> _validations = [];
    private readonly List<(int Attempt, long Step)> _checkpoints = [];

    public State State { get; private set; } = State.Queued;

    public Failure? Error { get; private set; }

    public StopReason StopReason { get; private set; }

    /// <summary>Times a worker was started.</summary>
    public int Attempt { get; private set; }

    /// <summary>Workers that died since the last checkpoint, or since a caller last had it queued.</summary>
    public int Deaths { get; private set; }

    /// <summary>Whether the last attempt ended by a signal after saving what it had.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Whether the last attempt made a step or a measurement.</summary>
    public bool AttemptMadeProgress { get; private set; }

    /// <summary>Its place in the queue: lower ones go first.</summary>
    public long QueueOrder { get; private set; }

    public DateTime? StartTime { get; private set; }

    public DateTime? EndTime { get; private set; }

    public long ParameterCount { get; private set; }

    public long TrainableParameterCount { get; private set; }

    public string Device { get; private set; } = "";

    public double? FinalLoss { get; private set; }

    /// <summary>Times that the number of sequences at once was halved after the kernel had ended a worker.</summary>
    public int BackOffs { get; private set; }

    /// <summary>The last validation in bits a byte.</summary>
    public double? BitsPerByte { get; private set; }

    /// <summary>The last share of items answered right.</summary>
    public double? HellaSwagAccuracy { get; private set; }

    /// <summary>Runs that the last attempt trains together, itself counted; 0 before the first.</summary>
    public int PackSize { get; private set; }

    /// <summary>Whether there is a checkpoint to go on from.</summary>
    public bool HasCheckpoint => _checkpoints.Count > 0;

    public ResumeMarks Marks { get; } = new();

    public RunFigures Figures { get; } = new();

    /// <summary>What it has taken so far.</summary>
    public RunTally Tally { get; } = new();

    public double? ValidationLoss => _validations.Count > 0 ? _validations[^1].Loss : null;

    /// <summary>The loss before the first step.</summary>
    public double? InitialValidationLoss =>
        _validations.Count > 0 && _validations[0] is { Step: 0 } first ? first.Loss : null;

    public double? BestValidationLoss
    {
        get
        {
            var measured = _validations.Where(validation => !double.IsNaN(validation.Loss)).ToList();
            return measured.Count > 0 ? measured.Min(validation => validation.Loss) : null;
        }
    }

    /// <summary>The step of the lowest validation loss that has a checkpoint.</summary>
    public long? BestStep
    {
        get
        {
            var steps = _checkpoints.Select(checkpoint => checkpoint.Step).ToHashSet();
            var kept = _validations.Where(v => steps.Contains(v.Step) && !double.IsNaN(v.Loss)).ToList();
            return kept.Count > 0 ? kept.MinBy(validation => validation.Loss).Step : null;
        }
    }

    public bool HasEnded => State is State.Succeeded or State.Failed or State.Cancelled;

    /// <summary>Takes in a line of <c>events.jsonl</c>; types that are not known change nothing.</summary>
    public void Apply(RunEventLine line)
    {
        Tally.Apply(line);
        switch (line.Type)
        {
            case EventTypes.Queued:
                Queue(line);
                break;
            case EventTypes.Started:
                Start(line);
                break;
            case EventTypes.Model:
                ParameterCount = line.Long("parameter_count") ?? ParameterCount;
                TrainableParameterCount = line.Long("trainable_parameter_count") ?? TrainableParameterCount;
                Device = line.Text("device") ?? Device;
                break;
            case EventTypes.Resumed:
                Resume(line.Attempt ?? Attempt, line.Step ?? 0);
                break;
            case EventTypes.Checkpoint:
                Deaths = 0;
                _checkpoints.Add((line.Attempt ?? Attempt, line.Step ?? Figures.Step));
                break;
            case EventTypes.WorkerDied:
                Deaths++;
                break;
            case EventTypes.BackedOff when line.Flag("by_service"):
                Deaths = 0;
                BackOffs++;
                break;
            case EventTypes.CancelRequested when !HasEnded:
                State = State.Cancelling;
                break;
            case EventTypes.Stopped:
                Stopped = true;
                break;
            case EventTypes.Finished:
                FinalLoss = line.Double("final_loss") ?? Figures.MeanOfLastLosses;
                End(
                    State.Succeeded,
                    line.Text("stop_reason") == "EARLY_STOPPED" ? StopReason.EarlyStopped : StopReason.Completed,
                    line);
                break;
            case EventTypes.Cancelled:
                FinalLoss = Figures.MeanOfLastLosses;
                End(State.Cancelled, StopReason.Cancelled, line);
                break;
            case EventTypes.Failed:
                Fail(line);
                break;
            default:
                break;
        }
    }

    /// <summary>Takes in a line of <c>metrics.jsonl</c>.</summary>
    public void Apply(MetricLine line)
    {
        Tally.Apply(line);
        if (Marks.Observe(line.Attempt, line.Step))
            DropBeyond(line.Attempt, line.Step - 1);
        if (line.Attempt >= Attempt)
            AttemptMadeProgress = true;
        if (Marks.IsSuperseded(line.Attempt, line.Step))
            return;
        Figures.Apply(line);
        if (line[SeriesNames.ValidationLoss] is { } loss)
            _validations.Add((line.Attempt, line.Step, loss));
        BitsPerByte = line[SeriesNames.BitsPerByte] ?? BitsPerByte;
        HellaSwagAccuracy = line[SeriesNames.HellaSwagAccuracy] ?? HellaSwagAccuracy;
    }

    private void Queue(RunEventLine line)
    {
        State = State.Queued;
        (Error, StopReason, EndTime, FinalLoss, Stopped) = (null, StopReason.Unspecified, null, null, false);
        QueueOrder = line.Long("order") ?? QueueOrder;
        // A caller's wish to go on is a new start; a restart of the service is none.
        if (line.Flag("by_caller"))
            Deaths = 0;
    }

    private void Start(RunEventLine line)
    {
        if (State != State.Cancelling)
            State = State.Running;
        Attempt = line.Attempt ?? Attempt + 1;
        PackSize = (int)(line.Long("pack_size") ?? 1);
        StartTime ??= line.Time;
        Stopped = false;
        AttemptMadeProgress = false;
        Figures.BeginAttempt();
    }

    private void Resume(int attempt, long step)
    {
        Marks.Add(attempt, step);
        DropBeyond(attempt, step);
        // The attempt's own first points may have been read before.
        if (Figures.LastAttempt < attempt)
            Figures.GoBackTo(step);
    }

    private void DropBeyond(int attempt, long step)
    {
        _validations.RemoveAll(validation => validation.Attempt < attempt && validation.Step > step);
        _checkpoints.RemoveAll(checkpoint => checkpoint.Attempt < attempt && checkpoint.Step > step);
    }

    private void Fail(RunEventLine line)
    {
        FinalLoss = Figures.MeanOfLastLosses;
        Error = new Failure
        {
            Reason = line.Text("reason") ?? "UNKNOWN",
            Message = line.Message,
            Resumable = line.FlagOrNull("resumable") ?? HasCheckpoint,
        };
        End(State.Failed, StopReason.Failed, line);
    }

    private void End(State state, StopReason reason, RunEventLine line)
    {
        State = state;
        StopReason = reason;
        EndTime = line.Time;
        if (line.Step is { } step)
            Figures.GoBackTo(step);
    }
}
