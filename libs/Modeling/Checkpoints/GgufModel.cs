using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// GPT-2 as GGUF, llama.cpp's format (architecture <c>gpt2</c>), fp32: written with the tokenizer's entries that its
/// library makes, and read back. The padded rows of the vocabulary are cut off; missing biases are written as zeros.
/// </summary>
public static class GgufModel
{
    private const string Architecture = "gpt2";

    private static readonly (string Ours, string Theirs)[] Layers =
    [
        ("ln_1", "attn_norm"), ("attn.c_attn", "attn_qkv"), ("attn.c_proj", "attn_output"), ("ln_2", "ffn_norm"),
        ("mlp.c_fc", "ffn_up"), ("mlp.c_proj", "ffn_down"),
    ];

    /// <summary>Writes a model.</summary>
    /// <param name="model">Its adapter is not written; merge it first.</param>
    /// <param name="path">The file.</param>
    /// <param name="name">What programs show as the model's name.</param>
    /// <param name="tokenizer">Entries <c>tokenizer.ggml.…</c>: int, string, int[] or string[].</param>
    public static void Save(
        Gpt model, string path, string name, IReadOnlyList<(string Key, object Value)> tokenizer)
    {
        var config = model.Config;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var writer = new GgufWriter(path);
        (string Key, object Value)[] entries =
        [
            ("general.architecture", Architecture), ("general.name", name), ("general.file_type", 0),
            ("gpt2.context_length", config.BlockSize), ("gpt2.embedding_length", config.NEmbd),
            ("gpt2.feed_forward_length", 4 * config.NEmbd), ("gpt2.block_count", config.NLayer),
            ("gpt2.attention.head_count", config.NHead),
            ("gpt2.attention.layer_norm_epsilon", (float)config.LayerNormEpsilon),
        ];
        writer.Write([.. entries, .. tokenizer], Tensors(model));
    }

    /// <summary>Reads a model in fp32, F16 or BF16 that has no quantised tensors.</summary>
    /// <exception cref="InvalidDataException">Not a GGUF file of this architecture, or damaged.</exception>
    public static Gpt Load(string path, Device? device = null, Precision precision = Precision.Fp32)
    {
        using var file = new GgufFile(path);
        if (file.Entries.GetValueOrDefault("general.architecture") as string != Architecture)
            throw new InvalidDataException($"{path} is no GGUF model of the architecture {Architecture}.");
        if (!file.Tensors.TryGetValue("token_embd.weight", out var table))
            throw new InvalidDataException($"{path} has no token_embd.weight.");
        var config = new GptConfig
        {
            VocabSize = (int)table.Shape[0],
            VocabMultiple = 1,
            BlockSize = Number("gpt2.context_length"),
            NEmbd = Number("gpt2.embedding_length"),
            NLayer = Number("gpt2.block_count"),
            NHead = Number("gpt2.attention.head_count"),
            LayerNormEpsilon = Convert.ToDouble(file.Entries["gpt2.attention.layer_norm_epsilon"], null),
        };
        var model = new Gpt(config, device, precision, seed: null);
        try
        {
            using var noGrad = no_grad();
            foreach (var (name, parameter) in model.named_parameters())
            {
                using var scope = NewDisposeScope();
                parameter.copy_(file.Read(NameOf(name)));
            }

            model.ClearCopies();
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }

        int Number(string key) => Convert.ToInt32(
            file.Entries.GetValueOrDefault(key) ?? throw new InvalidDataException($"{path} has no {key}."), null);
    }

    private static List<(string Name, Tensor Value)> Tensors(Gpt model)
    {
        var tensors = new List<(string Name, Tensor Value)>();
        foreach (var (name, parameter) in model.named_parameters())
        {
            Tensor value = parameter;
            if (name == ExportedWeights.TokenTable)
            {
                value = value.narrow(0, 0, model.Config.VocabSize); // (V, C)
                tensors.Add(("output.weight", value)); // the head is tied, but readers want it
            }

            tensors.Add((NameOf(name), value));
            if (!model.Config.Bias && ExportedWeights.BiasOf(name) is { } bias)
                tensors.Add((NameOf(bias), zeros(parameter.shape[0])));
        }

        return tensors;
    }

    // transformer.h.3.attn.c_attn.weight → blk.3.attn_qkv.weight
    private static string NameOf(string name)
    {
        var part = name["transformer.".Length..];
        var end = part[part.LastIndexOf('.')..];
        if (!part.StartsWith("h.", StringComparison.Ordinal))
        {
            return part[..^end.Length] switch
            {
                "wte" => "token_embd",
                "wpe" => "position_embd",
                _ => "output_norm",
            } + end;
        }

        var pieces = part.Split('.', 3);
        var theirs = Layers.First(layer => pieces[2] == layer.Ours + end).Theirs;
        return $"blk.{pieces[1]}.{theirs}{end}";
    }
}
