using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Adapter folders as Hugging Face's PEFT writes them: <c>adapter_config.json</c> and
/// <c>adapter_model.safetensors</c>.
/// </summary>
public static class PeftAdapter
{
    /// <summary>The settings' file.</summary>
    public const string ConfigFile = "adapter_config.json";

    /// <summary>The weights' file.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    private const string Prefix = "base_model.model.";
    private const string Bias = ".bias";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes an adapter; the folder may exist.</summary>
    /// <param name="adapter">What to write.</param>
    /// <param name="folder">Where.</param>
    /// <param name="baseModel">The base model's name or folder, for whoever loads it elsewhere; may be null.</param>
    /// <param name="snapshot">Where the values are read from while training goes on; null: the adapter.</param>
    public static void Save(
        LoraAdapter adapter, string folder, string? baseModel = null, TensorSnapshot? snapshot = null)
    {
        Directory.CreateDirectory(folder);
        var config = ToJson(adapter.Config, baseModel).ToJsonString(Indented);
        File.WriteAllText(Path.Combine(folder, ConfigFile), config + "\n");
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsFile),
            [.. adapter.Parameters.Select(parameter => (FileName(adapter, parameter.Name), (Tensor)parameter.Value))],
            new Dictionary<string, string> { ["format"] = "pt" },
            snapshot);
    }

    /// <summary>Reads an adapter for a model.</summary>
    /// <param name="model">The base.</param>
    /// <param name="folder">The folder with both files.</param>
    /// <param name="dropout">In place of the file's; null leaves that.</param>
    /// <exception cref="InvalidDataException">Files are damaged, for another shape, or not supported.</exception>
    public static LoraAdapter Load(Gpt model, string folder, double? dropout = null)
    {
        var config = LoadConfig(folder);
        var adapter = Create(model, config with { Dropout = dropout ?? config.Dropout }, folder);
        try
        {
            using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
            var unused = file.Tensors.Keys.ToHashSet();
            foreach (var (name, value) in adapter.Parameters)
            {
                // Before 0.5 PEFT wrote a layer's bias without base_layer.
                var stored = unused.Contains(FileName(adapter, name)) ? FileName(adapter, name) : Prefix + name;
                // PEFT itself leaves out the biases that train beside the matrices; the base's stay then.
                if (IsBias(name) && !unused.Contains(stored))
                    continue;
                file.CopyTo(stored, value);
                unused.Remove(stored);
            }

            return unused.Count == 0
                ? adapter
                : throw new InvalidDataException(
                    $"{folder}: no place for {string.Join(", ", unused.Order(StringComparer.Ordinal).Take(5))}.");
        }
        catch
        {
            adapter.Dispose();
            throw;
        }
    }

    /// <summary>Holds an adapter's files against a model's shape without loading either; needs no libtorch.</summary>
    /// <returns>Why the adapter is not one for such a model; null where it is.</returns>
    /// <exception cref="InvalidDataException">Files are damaged, or not supported.</exception>
    public static string? FindMisfit(GptConfig model, string folder)
    {
        var config = LoadConfig(folder);
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
        var layers = model.LinearLayers().Where(layer => config.Matches(layer.Name)).ToList();
        if (layers.Count == 0)
            return "its target_modules match none of the model's layers";
        foreach (var (name, inFeatures, outFeatures) in layers)
        {
            var rank = config.RankOf(name);
            if (Differs($"{name}.lora_A.weight", rank, inFeatures) is { } a)
                return a;
            if (Differs($"{name}.lora_B.weight", outFeatures, rank) is { } b)
                return b;
        }

        var known = layers.Select(layer => Prefix + layer.Name + ".lora_").ToList();
        var foreign = file.Tensors.Keys.FirstOrDefault(
            key => key.Contains(".lora_", StringComparison.Ordinal)
                && !known.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)));
        return foreign is null ? null : $"it has {foreign}, for which the model has no layer";

        string? Differs(string name, params long[] expected)
        {
            if (!file.Tensors.TryGetValue(Prefix + name, out var entry))
                return $"it has no {Prefix}{name}";
            return entry.Shape.SequenceEqual(expected)
                ? null
                : $"{name} is ({string.Join(", ", entry.Shape)}); this model's would be "
                    + $"({string.Join(", ", expected)})";
        }
    }

    /// <summary>The settings alone.</summary>
    /// <exception cref="InvalidDataException">Not a LoRA adapter, or it needs what is not here.</exception>
    public static LoraConfig LoadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return FromJson(document.RootElement);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} is not a LoRA configuration: {exception.Message}", exception);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    private static LoraAdapter Create(Gpt model, LoraConfig config, string folder)
    {
        try
        {
            return new LoraAdapter(model, config);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{folder} does not fit the model: {exception.Message}", exception);
        }
    }

    // PEFT wraps a layer that it adapts, so that layer's own bias is its base_layer's. Biases of other layers (bias:
    // all) keep their names.
    private static string FileName(LoraAdapter adapter, string name) =>
        IsBias(name) && adapter.Adapts(name[..^Bias.Length])
            ? $"{Prefix}{name[..^Bias.Length]}.base_layer{Bias}"
            : Prefix + name;

    private static bool IsBias(string name) => name.EndsWith(Bias, StringComparison.Ordinal);

    private static JsonObject ToJson(LoraConfig config, string? baseModel) => new()
    {
        ["peft_type"] = "LORA",
        ["task_type"] = "CAUSAL_LM",
        ["base_model_name_or_path"] = baseModel,
        ["r"] = config.Rank,
        ["lora_alpha"] = Number(config.Alpha),
        ["lora_dropout"] = config.Dropout,
        ["target_modules"] = config.TargetPattern is { } pattern
            ? pattern
            : new JsonArray([.. config.TargetModules.Select(name => JsonValue.Create(name))]),
        ["bias"] = config.Bias switch { LoraBias.All => "all", LoraBias.LoraOnly => "lora_only", _ => "none" },
        ["use_rslora"] = config.UseRslora,
        // GPT-2's Conv1D stores weights as (in, out).
        ["fan_in_fan_out"] = true,
        ["init_lora_weights"] = true,
        ["inference_mode"] = true,
        ["use_dora"] = config.UseDora,
        ["modules_to_save"] = null,
        ["layers_to_transform"] = null,
        ["rank_pattern"] = new JsonObject(
            [.. config.RankPattern.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))]),
        ["alpha_pattern"] = new JsonObject(
            [.. config.AlphaPattern.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)Number(entry.Value)))]),
    };

    // PEFT declares an integer; a fraction works there all the same.
    private static JsonValue Number(double alpha) =>
        alpha == Math.Floor(alpha) && alpha < 1e15 ? JsonValue.Create((long)alpha) : JsonValue.Create(alpha);

    private static LoraConfig FromJson(JsonElement root)
    {
        if (root.GetProperty("peft_type").GetString() != "LORA")
            throw new InvalidDataException("peft_type must be LORA.");
        foreach (var name in new[]
        {
            "modules_to_save", "layers_to_transform", "layer_replication", "exclude_modules", "target_parameters",
            "trainable_token_indices", "lora_bias",
        })
        {
            if (root.TryGetProperty(name, out var value) && !IsEmpty(value))
                throw new InvalidDataException($"{name} is not supported.");
        }

        var targets = root.GetProperty("target_modules");
        return new LoraConfig
        {
            Rank = Find("r")?.GetInt32() ?? 8,
            Alpha = Find("lora_alpha")?.GetDouble() ?? 8,
            Dropout = Find("lora_dropout")?.GetDouble() ?? 0,
            UseRslora = Find("use_rslora")?.GetBoolean() ?? false,
            UseDora = Find("use_dora")?.GetBoolean() ?? false,
            RankPattern = Patterns("rank_pattern", value => value.GetInt32()),
            AlphaPattern = Patterns("alpha_pattern", value => value.GetDouble()),
            TargetModules = targets.ValueKind == JsonValueKind.Array
                ? [.. targets.EnumerateArray().Select(target => target.GetString() ?? "")]
                : [],
            TargetPattern = targets.ValueKind != JsonValueKind.String ? null
                : targets.GetString() == "all-linear" ? ".*"
                : targets.GetString(),
            Bias = Find("bias")?.GetString() switch
            {
                null or "none" => LoraBias.None,
                "lora_only" => LoraBias.LoraOnly,
                "all" => LoraBias.All,
                var other => throw new InvalidDataException($"bias must be none, lora_only or all, not {other}."),
            },
        };

        List<KeyValuePair<string, T>> Patterns<T>(string name, Func<JsonElement, T> read) => Find(name) is { } found
            ? [.. found.EnumerateObject().Select(entry => KeyValuePair.Create(entry.Name, read(entry.Value)))]
            : [];

        JsonElement? Find(string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
