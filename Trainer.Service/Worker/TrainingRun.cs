using System.Globalization;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker.Checkpoints;
using Platform.Workers;
using Platform.Workspaces;
using Platform.Workspaces.Errors;
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
    private TrainerState _state;
    private StoredCheckpoint? _resumed;
    private TrainingLoop? _loop;

    private TrainingRun(RunSpec spec, RunRecords records, StopRequest stop)
    {
        _spec = spec;
        _plan = spec.ToPlan();
        _state = new TrainerState { Seed = spec.Seed };
        _records = records;
        _stop = stop;
    }

    /// <summary>Opens the run in a folder.</summary>
    /// <exception cref="TrainingException">Something that it needs is missing, damaged or does not fit.</exception>
    public static TrainingRun Open(WorkerArguments arguments, RunRecords records, StopRequest stop, TimeProvider time)
    {
        var file = ReadRecord(arguments.RunFolder);
        var run = new TrainingRun(file.Spec, records, stop);
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
                string.Create(CultureInfo.InvariantCulture, $"Finished after {_state.Step} steps."),
                ("step", _state.Step),
                ("final_loss", _state.FinalLoss),
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

    private static RunRecord ReadRecord(string folder)
    {
        try
        {
            return RunRecord.Read(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DataLossException)
        {
            throw new TrainingException(FailureReasons.InvalidRun, $"The run cannot be read: {e.Message}", e);
        }
    }

    private void Prepare(WorkerArguments arguments, RunRecord file, TimeProvider time)
    {
        var device = ChooseDevice();
        var root = new DataRoot(arguments.DataRoot);
        var data = Own(RunDataset.Open(root, _spec.Dataset));
        var store = new CheckpointStore(Path.Combine(arguments.RunFolder, "checkpoints"));
        _resumed = ResumePoint.Find(store, _records);
        if (_resumed is not null)
            _state = ResumePoint.ReadState(_resumed);

        var model = BuildModel(file.Base, data, device, root);
        model.IgnoresNegativeTargets = data.IsMasked;
        var selection = ParameterSelection.Of(model);
        var optimizer = Own(new AdamW(selection, _spec.ToAdamW()));
        if (_resumed is not null)
            optimizer.Load(_resumed[CheckpointFiles.Optimizer]);

        var loader = data.CreateLoader(_plan, _state.Data);
        var batch = Own(new TokenBatch(
            checked(_plan.MicroBatchSize * _plan.SequenceLength), data.Tokenizer.VocabularySize, device));
        var dropout = Own(new Generator(0, device));
        model.DropoutGenerator = dropout;
        _loop = new TrainingLoop(
            _plan,
            _state,
            new TrainingStep(_plan, model, selection, optimizer, _spec.ToSchedule(), loader, batch, dropout),
            CreateValidator(data, model, batch),
            CreateSamples(data, model),
            new CheckpointWriter(store, model, optimizer, file.Base, data.TokenizerPath, _plan.KeepLast, _records),
            _records,
            Own(new ResidentMemory(time)),
            _stop);
        Announce(model, selection, device);
    }

    private Device ChooseDevice()
    {
        ComputeDevice.SetThreads(_spec.Threads);
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

    private Validator? CreateValidator(RunDataset data, Gpt model, TokenBatch batch)
    {
        if (_plan.ValidationInterval == 0)
            return null;
        if (data.CreateValidation(_plan) is { } batches)
            return new Validator(model, batches, batch);
        _records.Log($"{_spec.Dataset} has no validation part: no validation loss.");
        return null;
    }

    private SampleWriter? CreateSamples(RunDataset data, Gpt model) => _plan.SampleInterval == 0
        ? null
        : new SampleWriter(
            _plan, model, TokenizerFiles.Load(Path.GetDirectoryName(data.TokenizerPath)!), _records);

    private void Announce(Gpt model, ParameterSelection selection, Device device)
    {
        var parameters = model.Config.ParameterCount();
        _records.Event(
            "model",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{parameters:N0} parameters, {selection.Count:N0} of them train, on {device}, {_spec.Precision}."),
            ("parameter_count", parameters),
            ("trainable_parameter_count", selection.Count),
            ("device", device.ToString()),
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
