using System.Text.Json;
using Platform.Modeling;

namespace Platform.TrainerHost.Runs;

/// <summary>What a spec is held against of the model that a run starts from.</summary>
/// <param name="Base">Where it is.</param>
/// <param name="BlockSize">Its longest context.</param>
/// <param name="Width">Its n_embd.</param>
/// <param name="VocabularySize">Its token ids, padded ones left out.</param>
/// <param name="Layers">Its n_layer.</param>
/// <param name="Dropout">Its dropout in training.</param>
internal sealed record BaseModelFacts(
    RunBase Base, int BlockSize, int Width, int VocabularySize, int Layers = 12, double Dropout = 0)
{
    /// <summary>The shape that adapters have to fit.</summary>
    public GptConfig Shape => new() { NLayer = Layers, NEmbd = Width };

    /// <summary>Reads <c>config.json</c>, ours or Hugging Face's.</summary>
    /// <exception cref="InvalidDataException">It is not the configuration of a GPT-2 model.</exception>
    public static BaseModelFacts Read(RunBase source)
    {
        var path = Path.Combine(source.Folder!, "config.json");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            return new BaseModelFacts(
                source,
                Number(root, "block_size", "n_positions", "n_ctx"),
                Number(root, "n_embd"),
                Number(root, "vocab_size"),
                Number(root, "n_layer"),
                root.TryGetProperty("dropout", out var dropout) ? dropout.GetDouble() : 0);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path} cannot be read: {e.Message}", e);
        }

        int Number(JsonElement root, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (root.TryGetProperty(name, out var value))
                    return value.GetInt32();
            }

            throw new InvalidDataException($"{path} has no {names[0]}; it is not a GPT-2 model's.");
        }
    }
}
