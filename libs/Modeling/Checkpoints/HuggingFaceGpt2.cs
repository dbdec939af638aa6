using System.Text.Json;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Reads Hugging Face's GPT-2 checkpoints: names with <c>transformer.</c> (save_pretrained) or without (the hub's
/// <c>gpt2</c>), Conv1D weights as (in, out), causal-mask buffers among the tensors.
/// </summary>
internal static class HuggingFaceGpt2
{
    private const string Prefix = "transformer.";

    // Conv1D in the original: stored transposed.
    private static readonly string[] Transposed =
        ["attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight"];

    /// <summary>Whether they store a weight of this name as (in, out).</summary>
    public static bool IsTransposed(string name) =>
        Transposed.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>Whether a configuration is theirs; ours has <c>block_size</c> instead.</summary>
    public static bool IsConfig(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.TryGetProperty("n_positions", out _)
            || document.RootElement.TryGetProperty("n_ctx", out _);
    }

    /// <summary>
    /// The configuration, not padded: their padded ids would be rows of zeros, whose logits of 0 outweigh the real
    /// ones. Dropout is left at 0, as fine-tuning sets its own.
    /// </summary>
    public static GptConfig LoadConfig(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = document.RootElement;
        var width = Number("n_embd", 768);
        Refuse(Text("model_type", "gpt2") != "gpt2", "model_type must be gpt2");
        Refuse(Text("activation_function", "gelu_new") is not ("gelu_new" or "gelu_pytorch_tanh"),
            "activation_function must be gelu_new");
        Refuse(Number("n_inner", 4 * width) != 4 * width, "n_inner must be 4 n_embd");
        Refuse(!Flag("scale_attn_weights", true), "scale_attn_weights must be true");
        Refuse(Flag("scale_attn_by_inverse_layer_idx", false), "scale_attn_by_inverse_layer_idx must be false");
        Refuse(Flag("add_cross_attention", false), "add_cross_attention must be false");
        return new GptConfig
        {
            VocabSize = Number("vocab_size", 50257),
            BlockSize = Number("n_positions", Number("n_ctx", 1024)),
            NLayer = Number("n_layer", 12),
            NHead = Number("n_head", 12),
            NEmbd = width,
            VocabMultiple = 1,
            LayerNormEpsilon = Find("layer_norm_epsilon") is { } epsilon ? epsilon.GetDouble() : 1e-5,
        };

        JsonElement? Find(string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
        int Number(string name, int missing) => Find(name)?.GetInt32() ?? missing;
        bool Flag(string name, bool missing) => Find(name)?.GetBoolean() ?? missing;
        string Text(string name, string missing) => Find(name)?.GetString() ?? missing;
        void Refuse(bool condition, string why)
        {
            if (condition)
                throw new InvalidDataException($"{path} is not a supported GPT-2: {why}.");
        }
    }

    /// <summary>Fills the model; every tensor of the file must have its place.</summary>
    public static void LoadWeights(Gpt model, SafetensorsFile file)
    {
        using var noGrad = no_grad();
        var names = file.Tensors.Keys.Where(name => !IsBuffer(name) && name != "lm_head.weight")
            .ToDictionary(name => name.StartsWith(Prefix, StringComparison.Ordinal) ? name : Prefix + name);
        foreach (var (name, parameter) in model.named_parameters())
        {
            using var scope = NewDisposeScope();
            if (!names.Remove(name, out var stored))
                throw new InvalidDataException($"The checkpoint has no {name}.");
            if (IsTransposed(name))
            {
                var value = file.Read(stored).t(); // (in, out) → (out, in)
                if (!value.shape.SequenceEqual(parameter.shape))
                    throw new InvalidDataException($"{stored} has the wrong shape ({string.Join(", ", value.shape)}).");
                parameter.copy_(value);
            }
            else
            {
                file.CopyTo(stored, parameter);
            }
        }

        if (names.Count > 0)
            throw new InvalidDataException($"The checkpoint has unknown tensors: {string.Join(", ", names.Values)}.");
        RequireTiedHead(model, file);
    }

    private static void RequireTiedHead(Gpt model, SafetensorsFile file)
    {
        if (!file.Tensors.ContainsKey("lm_head.weight"))
            return;
        using var scope = NewDisposeScope();
        var head = file.Read("lm_head.weight").to(ScalarType.Float32);
        var table = model.TokenWeight.cpu();
        if (!head.shape.SequenceEqual(table.shape) || !head.equal(table).all().item<bool>())
            throw new InvalidDataException("The checkpoint's lm_head differs from its token embedding (not tied).");
    }

    // h.0.attn.bias and h.0.attn.masked_bias are the causal mask; h.0.attn.c_attn.bias is not.
    private static bool IsBuffer(string name) =>
        name.EndsWith(".attn.bias", StringComparison.Ordinal)
        || name.EndsWith(".attn.masked_bias", StringComparison.Ordinal);
}
