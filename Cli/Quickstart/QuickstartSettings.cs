using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Tokenizer.V1;
using Platform.Contracts.Trainer.V1;

namespace Platform.Cli.Quickstart;

/// <summary>What the quickstart makes, sized for five minutes on two cores, and what it must reach.</summary>
internal static class QuickstartSettings
{
    public const int VocabularySize = 2048;
    public const double MinLossDrop = 2.0;
    public const double MinAccuracy = 0.45;
    public const double MaxFirstTokenSeconds = 0.5;

    /// <summary>Karpathy's length-normalised accuracy: endings differ in length.</summary>
    public const string AccuracyMetric = "acc_norm";

    public const string Prompt = "Emma had a duck called Patch.";

    private const long TrainingSeed = 1;
    private const long UnseenSeed = 2;

    /// <summary>
    /// Pieces of the bundled corpus; the endings come from stories of another seed than the ones trained on.
    /// </summary>
    public static IReadOnlyList<(string Suffix, BundledCorpus Corpus)> Corpus =>
    [
        ("stories", new BundledCorpus { Form = CorpusForm.Stories, Seed = TrainingSeed, SizeBytes = 6_000_000 }),
        ("endings", new BundledCorpus { Form = CorpusForm.Endings, Seed = UnseenSeed, ItemCount = 400 }),
        ("reviews", new BundledCorpus { Form = CorpusForm.Reviews, Seed = TrainingSeed, ItemCount = 2000 }),
        ("instructions", new BundledCorpus { Form = CorpusForm.Instructions, Seed = TrainingSeed, ItemCount = 2000 }),
    ];

    /// <summary>
    /// Which pieces become token shards: the template over their fields, and the share for validation.
    /// </summary>
    public static IReadOnlyList<(string Suffix, string Template, double ValidationShare)> Shards =>
    [
        ("stories", string.Empty, 0.02),
        ("reviews", string.Empty, 0.1),
        ("instructions", "alpaca", 0.1),
    ];

    /// <summary>
    /// A GPT-2 of two layers, trained from scratch by many small steps: with the tokens that fit into two minutes, more
    /// updates taught it more than larger batches or a larger model did.
    /// </summary>
    public static RunSpec Pretraining() => new()
    {
        Model = new ModelSpec { NLayer = 2, NHead = 4, NEmbd = 128, BlockSize = 128 },
        MaxSteps = 3000,
        Batch = new BatchSpec { MicroBatchSize = 5 },
        Optimizer = new OptimizerSpec { LearningRate = 3e-3, WarmupSteps = 100, Beta2 = 0.99 },
        Evaluation = new MeasurementSpec
        {
            ValidationInterval = 500,
            ValidationBatches = 40,
            SampleInterval = 1000,
            SamplePrompt = Prompt,
            SampleCount = 2,
        },
        Checkpoint = new CheckpointSpec { Interval = 1000 },
        RandomBatches = true,
    };

    /// <summary>Four LoRA settings of a few steps each; the model and the data sets are filled in.</summary>
    public static SweepSpec Sweep() => new()
    {
        Base = new RunSpec
        {
            MaxSteps = 60,
            Batch = new BatchSpec { MicroBatchSize = 8 },
            Optimizer = new OptimizerSpec { LearningRate = 5e-3, WarmupSteps = 3, WeightDecay = 0 },
            Evaluation = new MeasurementSpec { ValidationInterval = 60, ValidationBatches = 8 },
            Checkpoint = new CheckpointSpec { Interval = 0 },
            Lora = new LoraSpec { Targets = { "c_attn" }, Bias = LoraBias.LoraOnly },
            RandomBatches = true,
        },
        Axes =
        {
            new Axis { Setting = "lora.rank", Values = { Value.ForNumber(2), Value.ForNumber(8) } },
            new Axis { Setting = "lora.alpha", Values = { Value.ForNumber(4), Value.ForNumber(16) } },
        },
        Objective = Objective.ValidationLoss,
    };
}
