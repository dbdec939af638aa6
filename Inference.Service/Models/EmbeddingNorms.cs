using Platform.Modeling;
using Platform.Models;
using Platform.Tokenization;
using Platform.Workspaces.Errors;
using static TorchSharp.torch;

namespace Platform.InferenceHost.Models;

/// <summary>Lengths of a model's token embeddings and their distances to their mean.</summary>
/// <param name="Tokenizer">The model's.</param>
/// <param name="Norms">By id, without padding.</param>
/// <param name="MeanDistances">By id, without padding.</param>
internal sealed record EmbeddingNorms(TextTokenizer Tokenizer, float[] Norms, float[] MeanDistances)
{
    private const string Weights = "model.safetensors";
    private const string Embedding = "wte.weight";

    /// <summary>Reads a model's embedding, and no other weights.</summary>
    /// <exception cref="DataLossException">The files are damaged or hold no such tensor.</exception>
    public static EmbeddingNorms Read(ResolvedModel model)
    {
        var whole = model.Base ?? model;
        var path = Path.Combine(whole.Folder, Weights);
        try
        {
            var tokenizer = TokenizerFiles.Load(whole.Folder);
            using var scope = NewDisposeScope();
            using var file = SafetensorsFile.Open(path);
            var name = file.Tensors.Keys.FirstOrDefault(key => key.EndsWith(Embedding, StringComparison.Ordinal))
                ?? throw new DataLossException("CHECKPOINT_DAMAGED", $"'{path}' has no token embedding.");
            var rows = file.Read(name).to_type(ScalarType.Float32); // (Vp, C)
            rows = rows.narrow(0, 0, Math.Min(tokenizer.VocabularySize, rows.shape[0])); // (V, C)
            var distances = (rows - rows.mean([0L], keepdim: true)).norm(1, false, 2f); // (V)
            return new EmbeddingNorms(
                tokenizer, rows.norm(1, false, 2f).data<float>().ToArray(), distances.data<float>().ToArray());
        }
        catch (Exception e) when (e is TokenizerFormatException or TokenizerFilesMissingException
            or InvalidDataException or IOException)
        {
            throw new DataLossException(
                "CHECKPOINT_DAMAGED", $"The embedding of {model.Name} can't be read: {e.Message}", e);
        }
    }
}
