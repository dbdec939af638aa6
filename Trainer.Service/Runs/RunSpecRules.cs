using System.Globalization;
using Platform.Contracts.Trainer.V1;
using Platform.Workspaces.Errors;

namespace Platform.TrainerHost.Runs;

/// <summary>
/// The ranges and defaults of RunSpec, as run.proto tells them. Everything that is wrong is noted at once, with the
/// field's path.
/// </summary>
/// <param name="prefix">What the paths begin with: <c>spec.</c>, or <c>spec.base.</c> in a sweep.</param>
/// <param name="problems">Takes what is wrong.</param>
internal sealed class RunSpecRules(string prefix, Violations problems)
{
    private const long MaxSteps = 1_000_000_000;
    private const double MaxDropout = 0.9;

    /// <summary>Processes that may train one model.</summary>
    public const int MaxRanks = 1024;

    private static readonly Dictionary<string, (int Layers, int Heads, int Width)> s_presets = new()
    {
        ["gpt2"] = (12, 12, 768),
        ["gpt2-medium"] = (24, 16, 1024),
        ["gpt2-large"] = (36, 20, 1280),
        ["gpt2-xl"] = (48, 25, 1600),
    };

    /// <summary>A copy of a spec with every default filled in; what is wrong is noted.</summary>
    public RunSpec Complete(
        RunSpec given, DatasetFacts? dataset, BaseModelFacts? baseModel, AdapterFacts? adapter = null)
    {
        var spec = given.Clone();
        spec.Batch ??= new BatchSpec();
        spec.Optimizer ??= new OptimizerSpec();
        spec.Evaluation ??= new MeasurementSpec();
        spec.Checkpoint ??= new CheckpointSpec();
        spec.EarlyStopping ??= new EarlyStoppingSpec();
        spec.Recovery ??= new RecoverySpec();
        Run(spec);
        var context = spec.BaseModel.Length == 0 ? NewModel(spec, dataset) : BaseModel(spec, dataset, baseModel);
        Batch(spec, context, dataset);
        Optimizer(spec);
        Evaluation(spec.Evaluation, context, dataset);
        EarlyStopping(spec);
        Recovery(spec.Recovery);
        if (spec.Lora is { } lora)
        {
            Require(spec.BaseModel.Length > 0, "base_model", "Needed with lora: adapters train on top of a model.");
            new LoraRules(prefix + "lora.", problems).Complete(lora, baseModel, adapter);
        }

        return spec;
    }

    private void Run(RunSpec spec)
    {
        if (!spec.HasMaxSteps)
            spec.MaxSteps = 1000;
        Range("max_steps", spec.MaxSteps, 1, MaxSteps);
        if (!spec.HasSeed)
            spec.Seed = 1337;
        if (!spec.HasThreads)
            spec.Threads = 0;
        Range("threads", spec.Threads, 0, 4096);
        if (!spec.HasMaxRestarts)
            spec.MaxRestarts = 3;
        Range("max_restarts", spec.MaxRestarts, 0, 100);
        if (!spec.HasCompile)
            spec.Compile = true;
        if (!spec.HasRandomBatches)
            spec.RandomBatches = false;
        if (!spec.HasActivationCheckpointing)
            spec.ActivationCheckpointing = false;
        if (!spec.HasRanks)
            spec.Ranks = 1;
        Range("ranks", spec.Ranks, 1, MaxRanks);
        spec.Precision = Known("precision", spec.Precision, Precision.Fp32);
        if (spec.Device.Length == 0)
            spec.Device = "auto";
        var device = spec.Device;
        var isCard = device.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        Require(
            device is "auto" or "cpu" or "cuda" or "mps" || isCard,
            "device",
            $"'{device}' is none of auto, cpu, cuda, cuda:{{index}}, mps.");
        Require(
            spec.Ranks <= 1 || !isCard,
            "device",
            $"'{device}' names one card, and {spec.Ranks} ranks take one each: cuda.");
        if (!spec.Checkpoint.HasInterval)
            spec.Checkpoint.Interval = 500;
        Range("checkpoint.interval", spec.Checkpoint.Interval, 0, MaxSteps);
        if (!spec.Checkpoint.HasKeepLast)
            spec.Checkpoint.KeepLast = 2;
        Range("checkpoint.keep_last", spec.Checkpoint.KeepLast, 0, 1_000_000);
    }

    /// <summary>Returns the longest context.</summary>
    private int NewModel(RunSpec spec, DatasetFacts? dataset)
    {
        var model = spec.Model ??= new ModelSpec();
        (int Layers, int Heads, int Width) preset = s_presets["gpt2"];
        Require(
            model.Preset.Length == 0 || s_presets.TryGetValue(model.Preset, out preset),
            "model.preset",
            $"'{model.Preset}' is none of {string.Join(", ", s_presets.Keys)}.");
        if (model.Preset.Length > 0 && preset.Layers == 0)
            preset = s_presets["gpt2"];
        model.NLayer = model.HasNLayer ? model.NLayer : preset.Layers;
        model.NHead = model.HasNHead ? model.NHead : preset.Heads;
        model.NEmbd = model.HasNEmbd ? model.NEmbd : preset.Width;
        model.BlockSize = model.HasBlockSize ? model.BlockSize : 1024;
        model.Bias = !model.HasBias || model.Bias;
        model.Dropout = model.HasDropout ? model.Dropout : 0;
        model.VocabMultiple = model.HasVocabMultiple ? model.VocabMultiple : 64;
        Range("model.n_layer", model.NLayer, 1, 200);
        Range("model.n_head", model.NHead, 1, 1024);
        Range("model.n_embd", model.NEmbd, 2, 16_384);
        Range("model.block_size", model.BlockSize, 2, 65_536);
        Range("model.dropout", model.Dropout, 0, MaxDropout);
        Range("model.vocab_multiple", model.VocabMultiple, 1, 1024);
        Require(
            model.NHead < 1 || model.NEmbd % model.NHead == 0,
            "model.n_head",
            $"{model.NHead} heads do not divide a width (n_embd) of {model.NEmbd}.");
        Require(
            dataset is null || dataset.VocabularySize <= 1_000_000,
            "dataset",
            $"Its vocabulary of {dataset?.VocabularySize} ids is larger than the 1,000,000 that a model may have.");
        return model.BlockSize;
    }

    private int? BaseModel(RunSpec spec, DatasetFacts? dataset, BaseModelFacts? baseModel)
    {
        if (spec.Model is { } model)
        {
            const string reason = "Must be left unset: a run with a base_model has the base's shape.";
            var given = ModelSpec.Descriptor.Fields.InDeclarationOrder()
                .Where(field => field.HasPresence ? field.Accessor.HasValue(model) : model.Preset.Length > 0);
            foreach (var field in given)
                problems.Add($"{prefix}model.{field.Name}", reason);
        }

        if (baseModel is null)
            return null;
        Require(
            dataset is null || dataset.VocabularySize <= baseModel.VocabularySize,
            "dataset",
            $"Its vocabulary has {dataset?.VocabularySize} ids, the base model's only {baseModel.VocabularySize}.");
        return baseModel.BlockSize;
    }

    private void Batch(RunSpec spec, int? context, DatasetFacts? dataset)
    {
        var batch = spec.Batch;
        batch.MicroBatchSize = batch.HasMicroBatchSize ? batch.MicroBatchSize : 8;
        Range("batch.micro_batch_size", batch.MicroBatchSize, 1, 65_536);
        // Without a base that could be found there is no context to take: what is wrong with it is told already.
        if (!batch.HasSequenceLength && context is null)
            return;
        batch.SequenceLength = batch.HasSequenceLength
            ? batch.SequenceLength
            : dataset?.SequenceLength ?? context!.Value;
        Require(
            dataset?.SequenceLength is not { } row || row == batch.SequenceLength,
            "batch.sequence_length",
            $"The data set's padded rows are for sequences of {dataset?.SequenceLength} tokens.");
        Range("batch.sequence_length", batch.SequenceLength, 1, context ?? 65_536, NameOf(context));
        if (batch.MicroBatchSize < 1 || batch.SequenceLength < 1 || spec.Ranks is < 1 or > MaxRanks)
            return;
        var micro = (long)batch.MicroBatchSize * batch.SequenceLength * spec.Ranks;
        var ranks = spec.Ranks > 1 ? " × ranks" : "";
        if (!batch.HasTokensPerStep)
            batch.TokensPerStep = micro;
        Range("batch.tokens_per_step", batch.TokensPerStep, 1, 1L << 40);
        Require(
            batch.TokensPerStep < 1 || batch.TokensPerStep % micro == 0,
            "batch.tokens_per_step",
            $"{batch.TokensPerStep} is no multiple of micro_batch_size × sequence_length{ranks} = {micro}.");
        Require(
            dataset is null || dataset.TrainTokens > micro || dataset.SequenceLength is not null,
            "batch.micro_batch_size",
            $"Micro-batches take {micro + 1} tokens, the data set has {dataset?.TrainTokens} to train on.");
    }

    private void Optimizer(RunSpec spec)
    {
        var optimizer = spec.Optimizer;
        optimizer.LearningRate = optimizer.HasLearningRate ? optimizer.LearningRate : 6e-4;
        Above("optimizer.learning_rate", optimizer.LearningRate, 0);
        if (!optimizer.HasMinLearningRate)
            optimizer.MinLearningRate = optimizer.LearningRate / 10;
        if (optimizer.LearningRate > 0)
        {
            Range(
                "optimizer.min_learning_rate",
                optimizer.MinLearningRate,
                0,
                optimizer.LearningRate,
                " (learning_rate)");
        }

        if (!optimizer.HasWarmupSteps)
            optimizer.WarmupSteps = spec.MaxSteps / 100;
        if (spec.MaxSteps > 0)
            Range("optimizer.warmup_steps", optimizer.WarmupSteps, 0, spec.MaxSteps, " (max_steps)");
        optimizer.Schedule = Known("optimizer.schedule", optimizer.Schedule, Schedule.Cosine);
        optimizer.Beta1 = optimizer.HasBeta1 ? optimizer.Beta1 : 0.9;
        optimizer.Beta2 = optimizer.HasBeta2 ? optimizer.Beta2 : 0.95;
        Below("optimizer.beta1", optimizer.Beta1, 1);
        Below("optimizer.beta2", optimizer.Beta2, 1);
        optimizer.Epsilon = optimizer.HasEpsilon ? optimizer.Epsilon : 1e-8;
        Above("optimizer.epsilon", optimizer.Epsilon, 0);
        optimizer.WeightDecay = optimizer.HasWeightDecay ? optimizer.WeightDecay : 0.1;
        Range("optimizer.weight_decay", optimizer.WeightDecay, 0, 1000);
        if (optimizer.HasScheduleSteps)
            Range("optimizer.schedule_steps", optimizer.ScheduleSteps, Math.Max(1, spec.MaxSteps), MaxSteps);
        optimizer.GradientClip = optimizer.HasGradientClip ? optimizer.GradientClip : 1;
        Range("optimizer.gradient_clip", optimizer.GradientClip, 0, 1e9);
    }

    private void Evaluation(MeasurementSpec evaluation, int? context, DatasetFacts? dataset)
    {
        if (!evaluation.HasValidationInterval)
            evaluation.ValidationInterval = dataset?.ValidationTokens == 0 ? 0 : 250;
        Range("evaluation.validation_interval", evaluation.ValidationInterval, 0, MaxSteps);
        Require(
            evaluation.ValidationInterval == 0 || dataset?.ValidationTokens != 0,
            "evaluation.validation_interval",
            "The data set has no validation part; 0 switches validation off.");
        evaluation.ValidationBatches = evaluation.HasValidationBatches ? evaluation.ValidationBatches : 20;
        Range("evaluation.validation_batches", evaluation.ValidationBatches, 0, 10_000_000);
        evaluation.SampleInterval = evaluation.HasSampleInterval ? evaluation.SampleInterval : 0;
        Range("evaluation.sample_interval", evaluation.SampleInterval, 0, MaxSteps);
        Require(
            evaluation.SamplePrompt.Length <= 100_000, "evaluation.sample_prompt", "At most 100,000 characters.");
        evaluation.SampleCount = evaluation.HasSampleCount ? evaluation.SampleCount : 4;
        Range("evaluation.sample_count", evaluation.SampleCount, 1, 64);
        if (!evaluation.HasSampleTokens)
            evaluation.SampleTokens = Math.Min(32, context ?? 32);
        Range("evaluation.sample_tokens", evaluation.SampleTokens, 1, context ?? 65_536, NameOf(context));
        evaluation.HellaswagInterval = evaluation.HasHellaswagInterval ? evaluation.HellaswagInterval : 0;
        Range("evaluation.hellaswag_interval", evaluation.HellaswagInterval, 0, MaxSteps);
        evaluation.HellaswagLimit = evaluation.HasHellaswagLimit ? evaluation.HellaswagLimit : 200;
        Range("evaluation.hellaswag_limit", evaluation.HellaswagLimit, 0, 10_000_000);
        Require(
            evaluation.HellaswagInterval == 0 || evaluation.HellaswagItems.Length > 0,
            "evaluation.hellaswag_items",
            "Needed with hellaswag_interval: datasets/{dataset} of kind ITEMS, uploads/{upload} or path:{file}.");
    }

    private void EarlyStopping(RunSpec spec)
    {
        var early = spec.EarlyStopping;
        early.Patience = early.HasPatience ? early.Patience : 0;
        Range("early_stopping.patience", early.Patience, 0, 1_000_000);
        early.MinDelta = early.HasMinDelta ? early.MinDelta : 0;
        Range("early_stopping.min_delta", early.MinDelta, 0, 100);
        Require(
            early.Patience == 0 || spec.Evaluation.ValidationInterval > 0,
            "early_stopping.patience",
            "Goes by the validation loss, and evaluation.validation_interval is 0.");
    }

    private void Recovery(RecoverySpec recovery)
    {
        recovery.SpikeLossZ = recovery.HasSpikeLossZ ? recovery.SpikeLossZ : 0;
        Range("recovery.spike_loss_z", recovery.SpikeLossZ, 0, 1000);
        recovery.SpikeGradientZ = recovery.HasSpikeGradientZ ? recovery.SpikeGradientZ : 0;
        Range("recovery.spike_gradient_z", recovery.SpikeGradientZ, 0, 1000);
        recovery.SpikeWindow = recovery.HasSpikeWindow ? recovery.SpikeWindow : 128;
        Range("recovery.spike_window", recovery.SpikeWindow, 2, 10_000);
        recovery.OomBackoff = recovery.HasOomBackoff && recovery.OomBackoff;
    }

    private static string NameOf(int? context) => context is null ? "" : " (block_size)";

    private T Known<T>(string field, T value, T unset)
        where T : struct, Enum
    {
        Require(Enum.IsDefined(value), field, "Not a value of this enumeration.");
        return Convert.ToInt32(value, CultureInfo.InvariantCulture) == 0 ? unset : value;
    }

    private void Range(string field, double value, double least, double most, string mostName = "") => Require(
        value >= least && value <= most,
        field,
        string.Create(
            CultureInfo.InvariantCulture, $"Must be {least:#,0.###} to {most:#,0.########}{mostName}, not {value}."));

    private void Above(string field, double value, double bound) => Require(
        value > bound && double.IsFinite(value),
        field,
        string.Create(CultureInfo.InvariantCulture, $"Must be above {bound}, not {value}."));

    private void Below(string field, double value, double bound) => Require(
        value >= 0 && value < bound,
        field,
        string.Create(CultureInfo.InvariantCulture, $"Must be 0 to below {bound}, not {value}."));

    private void Require(bool holds, string field, string description) =>
        problems.Require(holds, prefix + field, description);
}
