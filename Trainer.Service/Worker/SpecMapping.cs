using System.Buffers;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using LoraBias = Platform.Modeling.LoraBias;
using Precision = Platform.Modeling.Precision;

namespace Platform.TrainerHost.Worker;

/// <summary>
/// The one place where a run's spec becomes the engine's options. The service has checked the spec and filled in every
/// default; what is checked again here would otherwise loop for ever or divide by zero.
/// </summary>
internal static class SpecMapping
{
    // A target of these alone is a name or a suffix; any other character makes it a regular expression.
    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");

    /// <summary>What the loop follows.</summary>
    /// <param name="spec">The run's spec.</param>
    /// <param name="world">Ranks that share a step.</param>
    /// <exception cref="TrainingException">The batch sizes do not go together.</exception>
    public static TrainingPlan ToPlan(this RunSpec spec, int world = 1)
    {
        var (rows, columns) = (spec.Batch.MicroBatchSize, spec.Batch.SequenceLength);
        Check(spec.MaxSteps >= 1, $"max_steps is {spec.MaxSteps}; it must be at least 1");
        Check(rows >= 1, $"batch.micro_batch_size is {rows}; it must be at least 1");
        Check(columns >= 1, $"batch.sequence_length is {columns}; it must be at least 1");
        var microTokens = (long)rows * columns * world;
        var stepTokens = spec.Batch.HasTokensPerStep ? spec.Batch.TokensPerStep : microTokens;
        Check(
            stepTokens >= microTokens && stepTokens % microTokens == 0,
            $"batch.tokens_per_step is {stepTokens}; it must be a multiple of micro_batch_size × sequence_length × "
            + $"ranks = {microTokens}");
        return new TrainingPlan
        {
            MaxSteps = spec.MaxSteps,
            MicroBatchSize = rows,
            SequenceLength = columns,
            TokensPerStep = stepTokens,
            Seed = spec.Seed,
            RandomBatches = spec.RandomBatches,
            GradientClip = spec.Optimizer.GradientClip,
            ValidationInterval = spec.Evaluation.ValidationInterval,
            ValidationBatches = spec.Evaluation.ValidationBatches is > 0 and var most ? most : null,
            SampleInterval = spec.Evaluation.SampleInterval,
            SamplePrompt = spec.Evaluation.SamplePrompt,
            SampleCount = spec.Evaluation.SampleCount,
            SampleTokens = spec.Evaluation.SampleTokens,
            CheckpointInterval = spec.Checkpoint.Interval,
            KeepLast = spec.Checkpoint.KeepLast,
            HellaSwagInterval = spec.Evaluation.HellaswagInterval,
            Patience = spec.EarlyStopping?.Patience ?? 0,
            MinDelta = spec.EarlyStopping?.MinDelta ?? 0,
            Spikes = spec.Recovery is { } recovery
                ? new SpikeLimits(recovery.SpikeLossZ, recovery.SpikeGradientZ, Math.Max(2, recovery.SpikeWindow))
                : SpikeLimits.Off,
            BacksOff = spec.Recovery?.OomBackoff ?? false,
        };
    }

    /// <summary>The shape of a new model.</summary>
    /// <param name="spec">The run's spec.</param>
    /// <param name="vocabSize">Ids of the data set's tokenizer.</param>
    /// <exception cref="TrainingException">The shape is impossible.</exception>
    public static GptConfig ToModelConfig(this RunSpec spec, int vocabSize)
    {
        var model = spec.Model;
        try
        {
            var preset = model.Preset is { Length: > 0 } name ? GptConfig.Preset(name) : new GptConfig();
            var config = preset with
            {
                VocabSize = vocabSize,
                NLayer = model.HasNLayer ? model.NLayer : preset.NLayer,
                NHead = model.HasNHead ? model.NHead : preset.NHead,
                NEmbd = model.HasNEmbd ? model.NEmbd : preset.NEmbd,
                BlockSize = model.HasBlockSize ? model.BlockSize : preset.BlockSize,
                Bias = model.HasBias ? model.Bias : preset.Bias,
                Dropout = model.Dropout,
                VocabMultiple = model.HasVocabMultiple ? model.VocabMultiple : preset.VocabMultiple,
            };
            config.ThrowIfInvalid();
            return config;
        }
        catch (ArgumentException e)
        {
            throw new TrainingException(FailureReasons.InvalidRun, $"The spec's model: {e.Message}", e);
        }
    }

    /// <summary>The arithmetic of the matrix products.</summary>
    public static Precision ToPrecision(this RunSpec spec) => spec.Precision switch
    {
        Contracts.Trainer.V1.Precision.Bf16 => Precision.Bf16,
        Contracts.Trainer.V1.Precision.Tf32 => Precision.Tf32,
        _ => Precision.Fp32,
    };

    /// <summary>The learning rate of every step.</summary>
    public static LearningRateSchedule ToSchedule(this RunSpec spec) => new(
        spec.Optimizer.LearningRate,
        spec.Optimizer.MinLearningRate,
        checked((int)spec.Optimizer.WarmupSteps),
        checked((int)(spec.Optimizer.HasScheduleSteps ? spec.Optimizer.ScheduleSteps : spec.MaxSteps)),
        spec.Optimizer.Schedule switch
        {
            Schedule.Linear => Decay.Linear,
            Schedule.Constant => Decay.Constant,
            _ => Decay.Cosine,
        });

    /// <summary>AdamW's constants.</summary>
    public static AdamWOptions ToAdamW(this RunSpec spec) => new()
    {
        Beta1 = spec.Optimizer.Beta1,
        Beta2 = spec.Optimizer.Beta2,
        Epsilon = spec.Optimizer.Epsilon,
        WeightDecay = spec.Optimizer.WeightDecay,
        LoraPlusRatio = spec.Lora?.HasPlusRatio == true ? spec.Lora.PlusRatio : 1,
    };

    /// <summary>The adapter's settings.</summary>
    public static LoraConfig ToLora(this LoraSpec spec)
    {
        var isPattern = spec.Targets is [var only] && only.AsSpan().ContainsAnyExcept(s_nameCharacters);
        return new LoraConfig
        {
            Rank = spec.Rank,
            Alpha = spec.Alpha,
            Dropout = spec.Dropout,
            TargetModules = [.. spec.Targets.Select(target => target.TrimStart('.'))],
            TargetPattern = isPattern ? spec.Targets[0] : null,
            Bias = spec.Bias switch
            {
                Contracts.Trainer.V1.LoraBias.LoraOnly => LoraBias.LoraOnly,
                Contracts.Trainer.V1.LoraBias.All => LoraBias.All,
                _ => LoraBias.None,
            },
            UseRslora = spec.Rslora,
            UseDora = spec.Dora,
            RankPattern = [.. spec.Patterns.Where(p => p.HasRank).Select(p => KeyValuePair.Create(p.Layers, p.Rank))],
            AlphaPattern =
                [.. spec.Patterns.Where(p => p.HasAlpha).Select(p => KeyValuePair.Create(p.Layers, p.Alpha))],
        };
    }

    private static void Check(bool holds, string problem)
    {
        if (!holds)
            throw new TrainingException(FailureReasons.InvalidRun, $"The run's spec cannot be followed: {problem}.");
    }
}
