using Google.Protobuf.Reflection;
using Platform.Contracts.Trainer.V1;
using Platform.Specs;

namespace Platform.Dashboard.Runs;

/// <summary>A group of settings of the form.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Settings">Its settings.</param>
public sealed record SpecSection(string Title, IReadOnlyList<SpecSetting> Settings)
{
    /// <summary>The shape of a new model.</summary>
    public static SpecSection Model { get; } = new(
        "Model",
        [
            new("model.preset", "Preset", "Sizes of the GPT-2 family; what is given below goes before it.", "own size")
            {
                Choices = ["", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"],
            },
            new("model.n_layer", "Layers", "Transformer blocks, 1 to 200.", "12"),
            new("model.n_head", "Heads", "Divides the width.", "12"),
            new("model.n_embd", "Width", "2 to 16,384.", "768"),
            new("model.block_size", "Context", "Tokens, 2 to 65,536.", "1024"),
            new("model.bias", "Biases", "In linear and LayerNorm layers.", "true") { Choices = ["", "true", "false"] },
            new("model.dropout", "Dropout", "0 to 0.9.", "0"),
            new("model.vocab_multiple", "Vocabulary padding", "To a multiple of this, 1 to 1,024.", "64"),
        ]);

    /// <summary>Low-rank adapters.</summary>
    public static SpecSection Lora { get; } = new(
        "LoRA",
        [
            new("lora.rank", "Rank", "At least 1.", "8"),
            new("lora.alpha", "Alpha", "Scale is alpha / rank.", "16"),
            new("lora.dropout", "Dropout", "0 to 0.9.", "0"),
            new("lora.targets", "Layers", "Names with commas between them.", "c_attn") { IsText = true },
            new("lora.bias", "Biases", "Which biases train too.", "none") { Choices = ["none", "lora_only", "all"] },
            new("lora.rslora", "Rank-stabilised", "Scale by alpha / √rank.", "false")
            {
                Choices = ["", "true", "false"],
            },
            new("lora.dora", "DoRA", "Weights' lengths train apart from directions.", "false")
            {
                Choices = ["", "true", "false"],
            },
            new("lora.plus_ratio", "LoRA+ ratio", "Learning rate of B by A's, above 0 to 1,000.", "1"),
            new("lora.adapter", "Adapter", "Go on from runs/… or path:… in place of a new one.", "new")
            {
                IsText = true,
            },
        ]);

    /// <summary>What every run has, in the form's order.</summary>
    public static IReadOnlyList<SpecSection> Common { get; } =
    [
        new(
            "Length and batch",
            [
                new("max_steps", "Steps", "Optimizer steps in all.", "1,000"),
                new("batch.micro_batch_size", "Micro-batch", "Sequences at once.", "8"),
                new("batch.sequence_length", "Sequence", "Tokens of a sequence.", "context"),
                new(
                    "batch.tokens_per_step",
                    "Tokens a step",
                    "A multiple of micro-batch × sequence.",
                    "one micro-batch"),
                new("random_batches", "Random places", "Batches from random places (nanoGPT).", "false")
                {
                    Choices = ["", "true", "false"],
                },
            ]),
        new(
            "Optimizer",
            [
                new("optimizer.learning_rate", "Learning rate", "Its maximum, above 0.", "6e-4"),
                new("optimizer.min_learning_rate", "Lowest rate", "0 to the maximum.", "a tenth"),
                new("optimizer.warmup_steps", "Warm-up", "Steps of linear rise.", "a hundredth of the steps"),
                new("optimizer.schedule", "Schedule", "What follows the warm-up.", "cosine")
                {
                    Choices = ["cosine", "linear", "constant"],
                },
                new("optimizer.weight_decay", "Weight decay", "On matrices.", "0.1"),
                new("optimizer.beta1", "Beta 1", "0 to below 1.", "0.9"),
                new("optimizer.beta2", "Beta 2", "0 to below 1.", "0.95"),
                new("optimizer.epsilon", "Epsilon", "In the denominator, above 0.", "1e-8"),
                new("optimizer.schedule_steps", "Schedule's steps", "At least the steps.", "the steps"),
                new("optimizer.gradient_clip", "Clip", "Global norm; 0: never.", "1"),
            ]),
        new(
            "On the way",
            [
                new("evaluation.validation_interval", "Validate every", "Steps; 0: never.", "250"),
                new("evaluation.validation_batches", "Validation batches", "0: the whole split.", "20"),
                new("evaluation.hellaswag_interval", "HellaSwag every", "Steps; 0: never.", "0"),
                new("evaluation.hellaswag_items", "HellaSwag items", "datasets/… of kind ITEMS.", "none")
                {
                    IsText = true,
                },
                new("evaluation.hellaswag_limit", "HellaSwag first", "So many items; 0: all.", "200"),
                new("early_stopping.patience", "Patience", "Validations without a lower loss; 0: no end.", "0"),
                new("early_stopping.min_delta", "Lower by", "To count as lower, in nats.", "0"),
                new("evaluation.sample_interval", "Sample every", "Steps; 0: never.", "0"),
                new("evaluation.sample_prompt", "Sample prompt", "What samples begin with.", "end of text")
                {
                    IsText = true,
                },
                new("evaluation.sample_count", "Samples", "At a time, 1 to 64.", "4"),
                new("evaluation.sample_tokens", "Sample length", "New tokens, up to the context.", "32"),
                new("checkpoint.interval", "Checkpoint every", "Steps; 0: at the end only.", "500"),
                new("checkpoint.keep_last", "Keep", "The newest so many; 0: all.", "2"),
            ]),
        new(
            "Machine",
            [
                new("precision", "Precision", "Of matrix products.", "fp32") { Choices = ["fp32", "bf16", "tf32"] },
                new("compile", "Fused kernels", "Faster, the same results to rounding.", "true")
                {
                    Choices = ["", "true", "false"],
                },
                new("ranks", "Ranks", "Processes that train together.", "1"),
                new("activation_checkpointing", "Recompute", "Activations: less memory, more time.", "false")
                {
                    Choices = ["", "true", "false"],
                },
                new("device", "Device", "auto, cpu, cuda, cuda:0 or mps.", "auto") { IsText = true },
                new("threads", "Threads", "0: all.", "0"),
                new("seed", "Seed", "For weights, data order, samples.", "1337"),
                new("recovery.spike_loss_z", "Loss spikes", "Skipped beyond so many deviations; 0: none.", "0"),
                new("recovery.spike_gradient_z", "Gradient spikes", "Likewise by the norm; 0: none.", "0"),
                new("recovery.spike_window", "Spike window", "Last steps compared with.", "128"),
                new("recovery.oom_backoff", "Out of memory", "Go on with smaller micro-batches.", "false")
                {
                    Choices = ["", "true", "false"],
                },
                new("max_restarts", "Restarts", "Attempts without a new checkpoint.", "3"),
            ]),
    ];

    /// <summary>Settings that the page asks for apart from the sections.</summary>
    public static IReadOnlyList<string> Apart { get; } = ["dataset", "base_model"];

    /// <summary>Settings of RunSpec that no section names, so that the form never lacks one.</summary>
    public static SpecSection Others { get; } = new("More", [.. FindOthers()]);

    private static IEnumerable<SpecSetting> FindOthers()
    {
        var named = new[] { Model, Lora }.Concat(Common)
            .SelectMany(s => s.Settings)
            .Select(s => s.Path)
            .Concat(Apart)
            .ToHashSet();
        foreach (var (path, field) in SpecPaths.Leaves(RunSpec.Descriptor).Where(l => !named.Contains(l.Key)))
        {
            yield return new(path, path.Replace('_', ' ').Replace(".", ": ", StringComparison.Ordinal), "", "the usual")
            {
                IsText = field.FieldType is FieldType.String or FieldType.Message,
                Choices = field.FieldType switch
                {
                    FieldType.Bool => ["", "true", "false"],
                    FieldType.Enum =>
                    [
                        "",
                        .. field.EnumType.Values.Skip(1).Select(v => ScalarText.EnumWord(field.EnumType, v.Number)),
                    ],
                    _ => null,
                },
            };
        }
    }
}
