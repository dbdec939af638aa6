using Platform.Modeling;

namespace Platform.InferenceHost;

/// <summary>Settings of section <c>Inference</c>.</summary>
public sealed class InferenceOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Inference";

    /// <summary>
    /// Bytes that all models in memory may take together, their KV caches included; 0 (default): half of the machine's
    /// memory. Beyond it the model that was used longest ago goes.
    /// </summary>
    public long MemoryLimitBytes { get; set; }

    /// <summary>
    /// Generations that run on one model at the same time, 1 to 256, those of its adapters together. Default 16; more
    /// wait in the queue.
    /// </summary>
    public int MaxConcurrent { get; set; } = 16;

    /// <summary>
    /// Bytes that one model's KV cache may take; fewer generations run at the same time where it would take more, but
    /// always one. Default 1 GiB.
    /// </summary>
    public long CacheLimitBytes { get; set; } = 1L << 30;

    /// <summary>
    /// Generations that may wait, 1 to 100,000. Default 256; beyond it a call gets RESOURCE_EXHAUSTED.
    /// </summary>
    public int MaxQueued { get; set; } = 256;

    /// <summary>How weights are kept where a call that loads a model does not say. Default Fp32.</summary>
    public WeightKind Precision { get; set; }

    /// <summary>
    /// How models are spoken to as chats. A model that is not named: an adapter in Alpaca's form, a whole model as a
    /// transcript.
    /// </summary>
    public IList<ChatTemplateOptions> ChatTemplates { get; } = [];

    /// <summary>Threads that one matrix product may use on the processor; 0 (default): all of its cores.</summary>
    public int Threads { get; set; }
}
