namespace Platform.Dashboard.Playground;

/// <summary>One setting of a generation, as a field of the page.</summary>
/// <param name="Key">Its key in the URL and its name in <c>SamplingParameters</c>.</param>
/// <param name="Label">Its name.</param>
/// <param name="Placeholder">What holds while the field is empty.</param>
/// <param name="Help">What it means.</param>
internal sealed record PlaygroundKnob(string Key, string Label, string Placeholder, string Help)
{
    /// <summary>What stands in it at first.</summary>
    public string Default { get; init; } = "";

    /// <summary>Lines of its field; more than one: a text, else a number.</summary>
    public int Lines { get; init; } = 1;

    /// <summary>Its path in a refusal.</summary>
    public string Path => "sampling." + Key;

    /// <summary>All of them in their order.</summary>
    public static IReadOnlyList<PlaygroundKnob> All { get; } =
    [
        new("temperature", "Temperature", "1", "0: always the likeliest. At most 10.") { Default = "0.8" },
        new("top_k", "Top k", "all", "Among the likeliest so many; 0: all."),
        new("top_p", "Top p", "1", "Above 0 to 1.") { Default = "0.95" },
        new("min_p", "Min p", "0", "This share of the likeliest's probability at least."),
        new("repetition_penalty", "Repetition penalty", "1", "Above 1: what was there is less likely."),
        new("presence_penalty", "Presence penalty", "0", "-2 to 2."),
        new("frequency_penalty", "Frequency penalty", "0", "-2 to 2."),
        new("logit_bias", "Logit bias", "none", "ID=BIAS, one a line; -100 to 100.") { Lines = 2 },
        new("max_tokens", "New tokens", "128", "At most; with the prompt within the context."),
        new("seed", "Seed", "chosen", "The same seed, the same text."),
        new("stop", "Stop at", "nothing", "Texts, a line each; \\n is a line feed.") { Lines = 2 },
        new("stop_ids", "Stop ids", "none", "Token ids, separated by spaces.") { Lines = 2 },
    ];
}
