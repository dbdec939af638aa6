namespace Platform.InferenceHost;

/// <summary>How one model is spoken to at <c>/v1/chat/completions</c>.</summary>
public sealed class ChatTemplateOptions
{
    /// <summary>
    /// The model: <c>runs/{run}</c> for all its checkpoints, <c>runs/{run}@{step}</c>, <c>path:{folder}</c>.
    /// </summary>
    public string Model { get; set; } = "";

    /// <summary><c>alpaca</c> or <c>plain</c>.</summary>
    public string Template { get; set; } = "";
}
