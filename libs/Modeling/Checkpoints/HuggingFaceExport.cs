using System.Text.Json;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// Writes Hugging Face's GPT-2 files, so that <c>from_pretrained(folder)</c> takes them: <c>config.json</c>,
/// <c>generation_config.json</c> and <c>model.safetensors</c> with Conv1D weights as (in, out). The padded rows of the
/// vocabulary are cut off. A model without biases gets zeros, which is the same model. The tokenizer's files are its
/// library's to write.
/// </summary>
public static class HuggingFaceExport
{
    /// <summary>Writes the files; the folder may exist.</summary>
    /// <param name="model">Its adapter is not written; merge it first.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="endOfText">The id that ends a text; null where the tokenizer has none.</param>
    public static void Save(Gpt model, string folder, int? endOfText)
    {
        Directory.CreateDirectory(folder);
        WriteJson(Path.Combine(folder, ModelFolder.ConfigFile), json => WriteConfig(json, model.Config, endOfText));
        WriteJson(Path.Combine(folder, "generation_config.json"), json => WriteEnds(json, endOfText));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        SafetensorsWriter.Write(
            Path.Combine(folder, ModelFolder.WeightsFile),
            Tensors(model),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static List<(string Name, Tensor Value)> Tensors(Gpt model)
    {
        var tensors = new List<(string Name, Tensor Value)>();
        foreach (var (name, parameter) in model.named_parameters())
        {
            Tensor value = parameter;
            if (name == ExportedWeights.TokenTable)
                value = value.narrow(0, 0, model.Config.VocabSize); // (V, C)
            tensors.Add((name, HuggingFaceGpt2.IsTransposed(name) ? value.t() : value)); // (out, in) → (in, out)
            if (!model.Config.Bias && ExportedWeights.BiasOf(name) is { } bias)
                tensors.Add((bias, zeros(parameter.shape[0])));
        }

        return tensors;
    }

    private static void WriteConfig(Utf8JsonWriter json, GptConfig config, int? endOfText)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue("GPT2LMHeadModel");
        json.WriteEndArray();
        json.WriteString("model_type", "gpt2");
        json.WriteString("activation_function", "gelu_new");
        json.WriteNumber("vocab_size", config.VocabSize);
        json.WriteNumber("n_positions", config.BlockSize);
        json.WriteNumber("n_ctx", config.BlockSize);
        json.WriteNumber("n_embd", config.NEmbd);
        json.WriteNumber("n_layer", config.NLayer);
        json.WriteNumber("n_head", config.NHead);
        json.WriteNumber("layer_norm_epsilon", config.LayerNormEpsilon);
        foreach (var name in (ReadOnlySpan<string>)["attn_pdrop", "embd_pdrop", "resid_pdrop"])
            json.WriteNumber(name, config.Dropout);
        json.WriteNumber("initializer_range", 0.02);
        json.WriteBoolean("tie_word_embeddings", true);
        json.WriteString("torch_dtype", "float32");
        WriteEnds(json, endOfText);
    }

    // Without these, GPT-2's own 50256 would be assumed.
    private static void WriteEnds(Utf8JsonWriter json, int? endOfText)
    {
        foreach (var name in (ReadOnlySpan<string>)["bos_token_id", "eos_token_id"])
        {
            if (endOfText is { } id)
                json.WriteNumber(name, id);
            else
                json.WriteNull(name);
        }
    }

    private static void WriteJson(string path, Action<Utf8JsonWriter> write)
    {
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
    }
}
