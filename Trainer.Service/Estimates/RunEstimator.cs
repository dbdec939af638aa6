using Microsoft.Extensions.Options;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.ServiceDefaults.Server;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;
using Platform.Workspaces;

namespace Platform.TrainerHost.Estimates;

/// <summary>Says before a run is made what it would take. Loads no libtorch, and measures nothing itself.</summary>
internal sealed class RunEstimator(DataRoot root, SpeedMemory speeds, IOptions<TrainerOptions> options)
{
    private const double StartSeconds = 4;

    // Forward alone takes a third of forward and backward.
    private const double ForwardShare = 1.0 / 3;

    /// <summary>The estimate of a spec with every default filled in.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="source">What it starts from.</param>
    /// <exception cref="TrainingException">The model's shape is impossible.</exception>
    /// <exception cref="InvalidDataException">The base's files cannot be read.</exception>
    public RunEstimate Estimate(RunSpec spec, RunBase source)
    {
        var config = source.Kind == RunBaseKind.New
            ? spec.ToModelConfig(Vocabulary(spec))
            : ModelFolder.LoadConfig(source.Folder!);
        var trainable = spec.Lora is { } lora ? AdapterSize.Of(config, lora.ToLora()) : config.ParameterCount();
        var memory = MemoryNeeds.Of(spec, config, trainable);
        var work = new StepWork(spec, config, trainable);
        var step = speeds.Seconds(work, out var basis, out var run);
        var estimate = new RunEstimate
        {
            ParameterCount = config.ParameterCount(),
            TrainableParameterCount = trainable,
            Steps = spec.MaxSteps,
            TokensPerStep = spec.Batch.TokensPerStep,
            AccumulationSteps = work.MicroBatches,
            WeightBytes = memory.Weights,
            GradientBytes = memory.Gradients,
            OptimizerBytes = memory.Moments,
            ActivationBytes = memory.Activations,
            ProcessBytes = memory.Processes,
            MemoryBytes = memory.Total,
            FlopsPerStep = work.Flops,
            Flops = work.Flops * spec.MaxSteps,
            StepSeconds = step,
            Seconds = StartSeconds + (spec.MaxSteps * step) + ValidationSeconds(spec, work, step),
            SpeedBasis = basis,
            SpeedRun = run,
            CheckpointBytes = 3 * sizeof(float) * trainable,
        };
        if (IsOnProcessor(spec))
        {
            estimate.AvailableMemoryBytes = options.Value.MemoryBytes > 0
                ? options.Value.MemoryBytes
                : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
            estimate.ExceedsMemory = estimate.MemoryBytes > estimate.AvailableMemoryBytes;
        }

        return estimate;
    }

    /// <summary>Where a run goes to that leaves the choice to the worker.</summary>
    public static bool IsOnProcessor(RunSpec spec) =>
        spec.Device == "cpu" || (spec.Device is "auto" or "" && MachineDevices.List()[0].Name == "cpu");

    private int Vocabulary(RunSpec spec)
    {
        var problems = new Workspaces.Errors.Violations();
        var facts = DatasetFacts.Find(root, spec.Dataset, "spec.dataset", problems);
        problems.ThrowIfAny();
        return facts!.VocabularySize;
    }

    private static double ValidationSeconds(RunSpec spec, StepWork work, double step)
    {
        if (spec.Evaluation.ValidationInterval == 0)
            return 0;
        var times = 1 + ((spec.MaxSteps + spec.Evaluation.ValidationInterval - 1) / spec.Evaluation.ValidationInterval);
        var batches = (double)spec.Evaluation.ValidationBatches / spec.Ranks;
        return times * batches * step / work.MicroBatches * ForwardShare;
    }
}
