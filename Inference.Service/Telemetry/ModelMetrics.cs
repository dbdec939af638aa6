using System.Diagnostics.Metrics;

namespace Platform.InferenceHost.Telemetry;

/// <summary>What is measured of one model.</summary>
internal sealed class ModelMetrics(InferenceMetrics metrics, string model)
{
    private readonly KeyValuePair<string, object?> _model = new("model", model);

    /// <summary>A generation's first token came so long after its call.</summary>
    public void FirstToken(TimeSpan time)
    {
        metrics.FirstToken.Record(time.TotalSeconds, _model);
        metrics.Tokens.Add(1, _model);
    }

    /// <summary>A further token came so long after the one before.</summary>
    public void NextToken(TimeSpan time)
    {
        metrics.NextToken.Record(time.TotalSeconds, _model);
        metrics.Tokens.Add(1, _model);
    }

    /// <summary>So many generations got a token in one pass.</summary>
    public void Step(int batch) => metrics.Batch.Record(batch, _model);

    /// <summary>A prompt of so many tokens came, so many of them in the cache already.</summary>
    public void Prompt(int tokens, int cached)
    {
        metrics.PromptTokens.Add(tokens, _model);
        metrics.CachedPromptTokens.Add(cached, _model);
    }

    /// <summary>A request was refused because the queue is full.</summary>
    public void Refused() => metrics.RefusedRequests.Add(1, _model);

    /// <summary>A figure of now.</summary>
    public Measurement<long> Now(long value) => new(value, _model);
}
