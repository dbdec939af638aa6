using System.Globalization;
using Platform.Collectives;
using Platform.Contracts.Trainer.V1;
using Platform.Datasets.Batches;
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
    private readonly TrainingPlan _plan;
    private readonly RankGroup _ranks;
    private TrainerState _state;
    private StoredCheckpoint? _resumed;
    private TrainingLoop? _loop;

    private TrainingRun(RunSpec spec, RankGroup ranks, RunRecords records, StopRequest stop)
    {
        _spec = spec;
        _plan = spec.ToPlan(ranks.World);
        _ranks = ranks;
        _state = new TrainerState { Seed = spec.Seed };
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
        var run = new TrainingRun(file.Spec, ranks, records, stop);
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
        var end = _loop!.Run(_resumed?.Step);
        if (end == LoopEnd.Finished)
        {
            _records.Event(
                "finished",
                _state.EndedEarlyOf is null
                    ? string.Create(CultureInfo.InvariantCulture, $"Finished after {_state.Step} steps.")
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"Ended early after step {_state.Step}: no lower loss in {_plan.Patience} validations."),
                ("step", _state.Step),
                ("final_loss", _state.FinalLoss),
                ("stop_reason", _state.EndedEarlyOf is null ? null : "EARLY_STOPPED"),
                ("validation_loss", _state.ValidationLoss));
        }
        else
        {
            _records.Event(
                "stopped",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Stopped after step {_state.Step} ({_stop.Reason}); a checkpoint is written."),
                ("step", _state.Step));
        }

        return end;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_owned.TryPop(out var owned))
            owned.Dispose();
    }

    private void Prepare(WorkerArguments arguments, RunRecord file, TimeProvider time)
    {
        var device = ChooseDevice(arguments.Place);
        _ranks.Use(device);
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
        model.IgnoresNegativeTargets = data.IsMasked;
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
            Validator = CreateValidator(data, model, tokenizer, device),
            Grader = CreateGrader(root, model, tokenizer),
            Samples = _plan.SampleInterval > 0 && _ranks.IsFirst
                ? new SampleWriter(_plan, model, tokenizer, _records)
                : null,
            Checkpoints = _ranks.IsFirst
                ? Own(new CheckpointWriter(
                    store, model, selection, optimizer, file.Base, data.TokenizerPath, _plan.KeepLast, _records))
                : null,
            Figures = CreateFigures(model, selection, device, time),
        };
        Announce(model, selection, device);
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

    private StepFigures CreateFigures(Gpt model, ParameterSelection selection, Device device, TimeProvider time)
    {
        double[] peak = [StepFigures.MeasurePeak(device, model.ComputeType)];
        _ranks.Sum(peak);
        return new StepFigures(
            Own(new ResidentMemory(time)),
            StepFigures.FlopsPerToken(model.Config, _plan.SequenceLength, selection.Count),
            peak[0]);
    }

    private Device ChooseDevice(RankEnvironment place)
    {
        // Ranks on one machine share its processors.
        ComputeDevice.SetThreads(
            _spec.Threads == 0 && place.LocalWorld > 1
                ? Math.Max(1, Environment.ProcessorCount / place.LocalWorld)
                : _spec.Threads);
        try
        {
            return ComputeDevice.Choose(_spec.Device);
        }
        catch (ArgumentException e)
        {
            throw new TrainingException(FailureReasons.DeviceNotAvailable, e.Message, e);
        }
    }

    private Gpt BuildModel(RunBase source, RunDataset data, Device device, DataRoot root)
    {
        var model = Own(LoadOrCreate(source, data, device));
        model.CheckpointActivations = _spec.ActivationCheckpointing;
        model.Compiled = _spec.Compile;
        var config = model.Config;
        if (_plan.SequenceLength > config.BlockSize)
        {
            throw new TrainingException(
                FailureReasons.InvalidRun,
                $"batch.sequence_length is {_plan.SequenceLength}, the model's context {config.BlockSize} tokens.");
        }

        if (source.Kind != RunBaseKind.New)
            CheckTokenizer(source, data, config);
        if (_spec.Lora is not null)
        {
            model.Attach(Own(RunAdapter.Create(model, _spec, _resumed?.Folder, root)));
            model.CastBase();
        }

        return model;
    }

    private void CheckTokenizer(RunBase source, RunDataset data, GptConfig config)
    {
        var tokenizer = data.Tokenizer;
        var path = Path.Combine(source.Folder!, CheckpointFiles.Tokenizer);
        // Our own files of the same tokenizer have the same bytes; Hugging Face's may be written otherwise.
        var differs = source.Kind == RunBaseKind.Checkpoint && File.Exists(path)
            && !File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(data.TokenizerPath));
        if (!differs && tokenizer.VocabularySize <= config.VocabSize)
            return;
        throw new TrainingException(
            FailureReasons.TokenizerMismatch,
            $"{_spec.Dataset} was made with {tokenizer.Name} ({tokenizer.VocabularySize} tokens), the base model "
            + $"{source.Name} with another tokenizer ({config.VocabSize} tokens). Prepare the data set with the base "
            + "model's tokenizer.");
    }

    private Gpt LoadOrCreate(RunBase source, RunDataset data, Device device)
    {
        var precision = _spec.ToPrecision();
        // A full run's checkpoint has all weights; the base is not needed again.
        if (_resumed is not null && _spec.Lora is null)
            return ModelFolder.Load(_resumed.Folder, device, precision);
        return source.Kind == RunBaseKind.New
            ? new Gpt(_spec.ToModelConfig(data.Tokenizer.VocabularySize), device, precision, _spec.Seed)
            : ModelSource.Load(source, device, precision);
    }

    private Validator? CreateValidator(RunDataset data, Gpt model, TextTokenizer tokenizer, Device device)
    {
        if (_plan.ValidationInterval == 0)
            return null;
        var shape = new BatchShape(_plan.MicroBatchSize, _plan.SequenceLength, _ranks.Rank, _ranks.World);
        if (data.CreateValidation(_plan, shape) is not { } batches)
        {
            _records.Log($"{_spec.Dataset} has no validation part: no validation loss.");
            return null;
        }

        var bytes = new int[data.Tokenizer.VocabularySize];
        for (var id = 0; id < Math.Min(bytes.Length, tokenizer.VocabularySize); id++)
            bytes[id] = tokenizer.IsToken(id) && !tokenizer.IsSpecial(id) ? tokenizer.TokenBytes(id).Length : 0;
        var batch = Own(new TokenBatch(shape.Tokens, data.Tokenizer.VocabularySize, device));
        return new Validator(model, batches, batch, bytes, _ranks);
    }

    private ItemGrader? CreateGrader(DataRoot root, Gpt model, TextTokenizer tokenizer) => _plan.HellaSwagInterval == 0
        ? null
        : new ItemGrader(
            model,
            ItemGrader.Load(
                ItemsFile.Resolve(root, _spec.Evaluation.HellaswagItems),
                _spec.Evaluation.HellaswagLimit,
                tokenizer,
                model.Config.BlockSize),
            _ranks);

    private void Announce(Gpt model, ParameterSelection selection, Device device)
    {
        var parameters = model.Config.ParameterCount();
        var ranks = _ranks.World > 1 ? $", {_ranks.World} ranks over {_ranks.Name}" : "";
        _records.Event(
            "model",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{parameters:N0} parameters, {selection.Count:N0} of them train, on {device}, {_spec.Precision}{ranks}."),
            ("parameter_count", parameters),
            ("trainable_parameter_count", selection.Count),
            ("device", device.ToString()),
            ("ranks", _ranks.World),
            ("exchange", _ranks.Name),
            ("threads", ComputeDevice.Threads));
        if (_resumed is not null)
        {
            _records.Event(
                "resumed",
                string.Create(CultureInfo.InvariantCulture, $"Going on from the checkpoint of step {_resumed.Step}."),
                ("step", _resumed.Step));
        }
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Push(resource);
        return resource;
    }
}
