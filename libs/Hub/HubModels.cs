using Platform.Workspaces.Errors;

namespace Platform.Hub;

/// <summary>The files that make up a model or a tokenizer on the hub.</summary>
public static class HubModels
{
    // OpenAI's own files, which never change; their hashes are known.
    private const string Gpt2MergesSha256 = "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5";
    private const string Gpt2VocabSha256 = "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783";

    private static readonly string[] s_gpt2 =
        ["gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"];

    private const string Config = "config.json";
    private const string Weights = "model.safetensors";
    private const string AdapterConfig = "adapter_config.json";
    private const string AdapterWeights = "adapter_model.safetensors";

    /// <summary>The folder of a model or an adapter that is whole on this machine; null where it is not.</summary>
    public static string? FindModel(this HubClient hub, HubRepository repository)
    {
        // The weights are the last to come, and then nothing is asked for again.
        var weights = hub.PathOf(HubFile.Of(repository, Weights));
        return File.Exists(weights) || File.Exists(hub.PathOf(HubFile.Of(repository, AdapterWeights)))
            ? Path.GetDirectoryName(weights)
            : null;
    }

    /// <summary>Brings a model's configuration, weights (safetensors) and, where it has one, its tokenizer; of a PEFT
    /// adapter likewise.</summary>
    /// <returns>The folder that holds them.</returns>
    /// <exception cref="NotFoundException">It is neither, or has no weights as safetensors in one file.</exception>
    public static async Task<string> GetModelAsync(
        this HubClient hub,
        HubRepository repository,
        IProgress<HubProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        if (hub.FindModel(repository) is { } here)
            return here;
        var isAdapter = await hub.TryGetAsync(HubFile.Of(repository, Config), progress, cancellationToken) is null;
        if (isAdapter
            && await hub.TryGetAsync(HubFile.Of(repository, AdapterConfig), progress, cancellationToken) is null)
        {
            throw new NotFoundException(
                "HUB_FILE_NOT_FOUND", $"{repository} has neither {Config} nor {AdapterConfig}, or does not exist.");
        }

        await hub.TryGetTokenizerAsync(repository, progress, cancellationToken);
        var weights = await hub.GetAsync(
            HubFile.Of(repository, isAdapter ? AdapterWeights : Weights), progress, cancellationToken);
        return Path.GetDirectoryName(weights)!;
    }

    /// <summary>Brings a tokenizer: <c>tokenizer.json</c>, else <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <returns>The folder that holds them.</returns>
    /// <exception cref="NotFoundException">It has neither.</exception>
    public static async Task<string> GetTokenizerAsync(
        this HubClient hub,
        HubRepository repository,
        IProgress<HubProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        await hub.TryGetTokenizerAsync(repository, progress, cancellationToken)
        ?? throw new NotFoundException(
            "HUB_FILE_NOT_FOUND", $"{repository} has no tokenizer.json, and no vocab.json with merges.txt.");

    private static async Task<string?> TryGetTokenizerAsync(
        this HubClient hub,
        HubRepository repository,
        IProgress<HubProgress>? progress,
        CancellationToken cancellationToken)
    {
        // The classic files first where their hashes are known: what is checked is better than what is not.
        var isGpt2 = s_gpt2.Contains(
            repository.Id.Replace("openai-community/", string.Empty, StringComparison.Ordinal));
        if (!isGpt2 && await hub.TryGetAsync(HubFile.Of(repository, "tokenizer.json"), progress, cancellationToken)
            is { } whole)
        {
            return Path.GetDirectoryName(whole);
        }

        var vocab = HubFile.Of(repository, "vocab.json") with { Sha256 = isGpt2 ? Gpt2VocabSha256 : null };
        var merges = HubFile.Of(repository, "merges.txt") with { Sha256 = isGpt2 ? Gpt2MergesSha256 : null };
        return await hub.TryGetAsync(vocab, progress, cancellationToken) is not null
            && await hub.TryGetAsync(merges, progress, cancellationToken) is { } path
            ? Path.GetDirectoryName(path)
            : null;
    }
}
