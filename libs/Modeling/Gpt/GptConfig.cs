using System.Text.Json;
using System.Text.Json.Serialization;

namespace Platform.Modeling;

/// <summary>The shape of a GPT-2 model. In JSON its members have snake_case names, as in <c>config.json</c>.</summary>
public sealed record GptConfig
{
    /// <summary>How files name and indent the members.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>How many token ids there are; 1 to 1,000,000. GPT-2 has 50257.</summary>
    public int VocabSize { get; init; } = 50257;

    /// <summary>The longest context in tokens (T); 1 to 65,536. GPT-2 has 1024.</summary>
    public int BlockSize { get; init; } = 1024;

    /// <summary>How many blocks (L); 1 to 256.</summary>
    public int NLayer { get; init; } = 12;

    /// <summary>How many attention heads (nh); divides <see cref="NEmbd"/>.</summary>
    public int NHead { get; init; } = 12;

    /// <summary>The width of the hidden states (C); 1 to 65,536.</summary>
    public int NEmbd { get; init; } = 768;

    /// <summary>Whether linear layers and layer norms have a bias; GPT-2 does, nanoGPT's own models do not.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>The probability of zeroing embeddings, attention weights and residual branches; [0, 1).</summary>
    public double Dropout { get; init; }

    /// <summary>
    /// The embedding's rows are rounded up to a multiple of this, because matrix products are faster then; 1 to 1024,
    /// default 128 (50257 becomes 50304, as in build-nanogpt). The extra ids train like others and never leave the
    /// model: see <see cref="PaddedVocabSize"/>.
    /// </summary>
    public int VocabMultiple { get; init; } = 128;

    /// <summary>The layer norms' epsilon; GPT-2 has 1e-5.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Rows of the token embedding; ids from <see cref="VocabSize"/> up are never sampled.</summary>
    [JsonIgnore]
    public int PaddedVocabSize => (VocabSize + VocabMultiple - 1) / VocabMultiple * VocabMultiple;

    /// <summary>The width of one head (hs).</summary>
    [JsonIgnore]
    public int HeadSize => NEmbd / NHead;

    /// <summary>The names that <see cref="Preset"/> knows.</summary>
    public static IReadOnlyList<string> Presets { get; } = ["gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"];

    /// <summary>One of OpenAI's four sizes.</summary>
    /// <exception cref="ArgumentException">Not a name of <see cref="Presets"/>.</exception>
    public static GptConfig Preset(string name) => name switch
    {
        "gpt2" => new(),
        "gpt2-medium" => new() { NLayer = 24, NHead = 16, NEmbd = 1024 },
        "gpt2-large" => new() { NLayer = 36, NHead = 20, NEmbd = 1280 },
        "gpt2-xl" => new() { NLayer = 48, NHead = 25, NEmbd = 1600 },
        _ => throw new ArgumentException($"No preset '{name}'; there are: {string.Join(", ", Presets)}."),
    };

    /// <summary>Reads a file that <see cref="Save"/> wrote.</summary>
    public static GptConfig Load(string path)
    {
        using var stream = File.OpenRead(path);
        return JsonSerializer.Deserialize<GptConfig>(stream, Json)
            ?? throw new InvalidDataException($"{path} holds no configuration.");
    }

    /// <summary>Writes the configuration as JSON.</summary>
    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>Everything that is wrong, each as the member's JSON name and what it must be.</summary>
    public IReadOnlyList<(string Member, string Problem)> Validate()
    {
        var problems = new List<(string Member, string Problem)>();
        Range("vocab_size", VocabSize, 1, 1_000_000);
        Range("block_size", BlockSize, 1, 65_536);
        Range("n_layer", NLayer, 1, 256);
        Range("n_head", NHead, 1, 1024);
        Range("n_embd", NEmbd, 1, 65_536);
        Range("vocab_multiple", VocabMultiple, 1, 1024);
        if (NHead > 0 && NEmbd > 0 && NEmbd % NHead != 0)
            problems.Add(("n_embd", $"must be divisible by n_head: {NEmbd} is not by {NHead}"));
        if (!(Dropout >= 0 && Dropout < 1))
            problems.Add(("dropout", $"must be at least 0 and below 1, not {Dropout}"));
        if (!(LayerNormEpsilon > 0 && LayerNormEpsilon < 1))
            problems.Add(("layer_norm_epsilon", $"must be above 0 and below 1, not {LayerNormEpsilon}"));
        return problems;

        void Range(string member, int value, int least, int most)
        {
            if (value < least || value > most)
                problems.Add((member, $"must be {least} to {most}, not {value}"));
        }
    }

    /// <summary>Throws what <see cref="Validate"/> finds.</summary>
    /// <exception cref="ArgumentException">Lists every problem.</exception>
    public void ThrowIfInvalid()
    {
        if (Validate() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems.Select(p => $"{p.Member} {p.Problem}")));
    }

    /// <summary>The linear layers of a model of this shape, by name; the head is none of them.</summary>
    public IEnumerable<(string Name, int InFeatures, int OutFeatures)> LinearLayers()
    {
        for (var layer = 0; layer < NLayer; layer++)
        {
            yield return ($"transformer.h.{layer}.attn.c_attn", NEmbd, 3 * NEmbd);
            yield return ($"transformer.h.{layer}.attn.c_proj", NEmbd, NEmbd);
            yield return ($"transformer.h.{layer}.mlp.c_fc", NEmbd, 4 * NEmbd);
            yield return ($"transformer.h.{layer}.mlp.c_proj", 4 * NEmbd, NEmbd);
        }
    }

    /// <summary>How many parameters a model has; the tied head counts once.</summary>
    /// <param name="padded">Counts the padded rows of the token embedding too.</param>
    public long ParameterCount(bool padded = true)
    {
        long c = NEmbd;
        var bias = Bias ? 1 : 0;
        var block = (12 * c * c) + (2 * c) + (bias * ((9 * c) + (2 * c)));
        return ((padded ? PaddedVocabSize : VocabSize) * c) + (BlockSize * c) + (NLayer * block) + c + (bias * c);
    }
}
