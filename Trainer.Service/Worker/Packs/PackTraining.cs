using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Platform.Collectives;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.TrainerHost.Worker.Ranks;
using Platform.Workers;
using Platform.Workspaces;
using static TorchSharp.torch;

namespace Platform.TrainerHost.Worker.Packs;

/// <summary>
/// Runs that train LoRA adapters on one frozen base, from the same batches: one pass for all of them
/// (<see cref="LoraPack"/>), the rest as if each were alone. Those that are behind, after a kill between two
/// checkpoints, catch up before the others go on.
/// </summary>
internal sealed class PackTraining : IDisposable
{
    private readonly Stack<IDisposable> _owned = [];
    private readonly List<PackMember> _open;
    private readonly StopRequest _stop;
    private readonly Action<PackMember, Exception?> _ended;
    private readonly Dictionary<PackMember, ValidationResult> _validations = [];
    private Gpt? _model;
    private MicroBatches? _batches;
    private Validator? _validator;
    private TrainingPlan? _plan;
    private (IReadOnlyList<PackMember> Members, LoraPack Pack)? _connected;

    private PackTraining(
        IReadOnlyList<PackMember> members, StopRequest stop, Action<PackMember, Exception?> ended)
    {
        (_open, _stop, _ended) = ([.. members], stop, ended);
    }

    /// <summary>Opens what the runs share, and each of them.</summary>
    /// <param name="members">The runs; they go together, as the service has seen to.</param>
    /// <param name="arguments">Data root and device.</param>
    /// <param name="stop">The wish that the process ends.</param>
    /// <param name="ended">Told of each run that has ended, and why where by an error of its own.</param>
    public static PackTraining Open(
        IReadOnlyList<PackMember> members,
        WorkerArguments arguments,
        StopRequest stop,
        Action<PackMember, Exception?> ended)
    {
        var pack = new PackTraining(members, stop, ended);
        try
        {
            pack.Prepare(arguments);
            return pack;
        }
        catch
        {
            pack.Dispose();
            throw;
        }
    }

    /// <summary>Trains until every run has ended.</summary>
    public void Run()
    {
        while (_open.Count > 0)
        {
            if (_stop.IsRequested)
                _open.ForEach(member => member.Stop.Request(_stop.Reason));
            var step = _open.Min(member => member.Loop.Step);
            // Those ahead wait, but for a wish to end.
            foreach (var member in _open.Where(m => m.Loop.Step == step || m.Stop.IsRequested).ToList())
                DoWhatIsDue(member);
            var group = _open.Where(member => member.Loop.Step == step).ToList();
            if (group.Count > 0)
                TrainOneStep(group);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out var owned))
            owned.Dispose();
    }

    private void Prepare(WorkerArguments arguments)
    {
        var (spec, source) = (_open[0].Record.Spec, _open[0].Record.Base);
        _plan = spec.ToPlan();
        var device = RunDevice.Choose(spec, RankEnvironment.Alone, arguments.Device);
        var root = new DataRoot(arguments.DataRoot);
        var data = Own(RunDataset.Open(root, spec.Dataset));
        _model = Own(RunModel.Create(spec, source, data, device, resumed: null));
        _batches = Own(new MicroBatches(_plan, data, (0, 1), device));
        var tokenizer = TokenizerFiles.Load(Path.GetDirectoryName(data.TokenizerPath)!);
        _validator = Validator.Create(_plan, data, _model, tokenizer, RankGroup.Alone, _open[0].Records);
        if (_validator is not null)
            Own(_validator);
        var peak = PeakFlops.Of(root, device, _model.ComputeType, RankGroup.Alone, TimeProvider.System);
        foreach (var member in _open.ToList())
            Guard(member, () => member.Prepare(_model, data, _batches, peak, _validator is null ? null : Validate));
        if (_open.Count == 0)
            return;
        Connect(_open);
        _model.CastBase();
        // Between two steps a second may pass; a validation takes longer, and can be interrupted.
        Own(new Timer(_ => LookForStops(), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(250)));
    }

    private void LookForStops()
    {
        PackMember[] members;
        lock (_open)
            members = [.. _open];
        foreach (var member in members)
        {
            try
            {
                if (_stop.IsRequested)
                    member.Stop.Request(_stop.Reason);
                else
                    member.LookForStop();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended.
            }
        }
    }

    private void DoWhatIsDue(PackMember member) => Guard(member, () =>
    {
        if (member.Loop.NeedsModel)
            ConnectAlone(member);
        if (member.Loop.DoWhatIsDue() is not { } end)
            return;
        member.Ended(end);
        Close(member, null);
    });

    private void TrainOneStep(List<PackMember> group)
    {
        var begin = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        var pack = Connect(group);
        var (data, tokens) = group[0].Loop.Place;
        if (_batches!.Count == 0 || _batches.Position != data)
            _batches.Open(_plan!.MicroBatchSize, data, tokens);
        foreach (var member in group)
            member.BeginStep();
        using var sums = zeros(group.Count, device: _model!.Device); // (K)
        var weights = _batches.Weights(RankGroup.Alone);
        for (var micro = 0; micro < _batches.Count; micro++)
        {
            using var microScope = NewDisposeScope();
            var (inputs, targets) = _batches.Next(); // (B, T), (B, T)
            sums.AddInPlace(pack.AccumulateGradients(inputs, targets, scale: weights[micro]), weights[micro]);
        }

        var losses = sums.cpu().data<float>().ToArray();
        for (var i = 0; i < group.Count; i++)
        {
            var (member, loss) = (group[i], losses[i]);
            Guard(member, () => member.Loop.EndStep(loss, begin));
        }
    }

    // All whose turn it is at once; each then takes its own from what was measured.
    private ValidationResult? Validate(PackMember member)
    {
        if (!_validations.Remove(member, out var result))
        {
            _validations.Clear();
            var group = _open.Where(m => m.Loop.Step == member.Loop.Step && m.Loop.ValidationIsDue).ToList();
            var pack = Connect(group);
            if (_validator!.Run(group.Count, (inputs, targets) => pack.Losses(inputs, targets), _stop.Token)
                is not { } results)
                return null;
            for (var i = 0; i < group.Count; i++)
                _validations.Add(group[i], results[i]);
            _validations.Remove(member, out result);
        }

        return result;
    }

    private LoraPack Connect(IReadOnlyList<PackMember> members)
    {
        if (_connected is { } connected && connected.Members.SequenceEqual(members))
            return connected.Pack;
        var pack = new LoraPack(
            _model!, [.. members.Select(member => member.Adapter)], [.. members.Select(member => member.Dropout)]);
        _connected = ([.. members], pack);
        return pack;
    }

    private void ConnectAlone(PackMember member)
    {
        _connected = null;
        _model!.Attach(member.Adapter);
    }

    // What goes wrong with one run's files or numbers ends that run; the others train on.
    [SuppressMessage("Design", "CA1031", Justification = "Every failure becomes an event of its run; none is hidden.")]
    private void Guard(PackMember member, Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception)
        {
            Close(member, exception);
        }
    }

    private void Close(PackMember member, Exception? exception)
    {
        lock (_open)
            _open.Remove(member);
        _connected = null;
        _validations.Remove(member);
        _ended(member, exception);
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }
}
