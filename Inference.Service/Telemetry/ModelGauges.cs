using System.Diagnostics.Metrics;
using Platform.InferenceHost.Generation;
using Platform.InferenceHost.Models;

namespace Platform.InferenceHost.Telemetry;

/// <summary>The figures of now, by model, read when somebody asks for them.</summary>
internal static class ModelGauges
{
    /// <summary>Registers them.</summary>
    public static void Observe(InferenceMetrics metrics, ModelRegistry models, GenerationEngine engine)
    {
        metrics.Observe(
            "platform.inference.queue", "{generation}", "Generations that wait for a place.",
            () => Each(model => model.Metrics.Now(engine.WaitingFor(model))));
        metrics.Observe(
            "platform.inference.running", "{generation}", "Generations that have a place.",
            () => Each(model => model.Metrics.Now(model.Slots.RunningCount)));
        metrics.Observe(
            "platform.inference.kv_tokens", "{token}", "Tokens in the KV cache, those kept for later requests too.",
            () => Each(model => model.Metrics.Now(model.Slots.CachedTokens)));
        metrics.Observe(
            "platform.inference.kv_capacity", "{token}", "Tokens that the KV cache has room for.",
            () => Each(model => model.Metrics.Now(model.Slots.CacheCapacity)));
        metrics.Observe(
            "platform.inference.memory", "By", "Bytes of a model's weights and its cache.",
            () => Each(model => model.Metrics.Now(model.MemoryBytes)));

        IEnumerable<Measurement<long>> Each(Func<BaseModel, Measurement<long>> measure) =>
            [.. models.List().Select(snapshot => snapshot.Model.Base).Distinct().Select(measure)];
    }
}
