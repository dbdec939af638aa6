using System.Globalization;
using System.Text.Json;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.Workspaces.Errors;
using static TorchSharp.torch;

namespace Platform.Models;

/// <summary>Reads resolved models into memory; for an adapter its base too.</summary>
public static class ModelLoader
{
    private const string AdapterWeights = "adapter_model.safetensors";
    private const int BytesPerParameter = 4;

    /// <summary>The shape of a model, its base's for an adapter; reads one small file.</summary>
    /// <exception cref="DataLossException">The file is missing or damaged.</exception>
    public static GptConfig ReadConfig(ResolvedModel model)
    {
        var folder = (model.Base ?? model).Folder;
        return Guard(model, () => ModelFolder.LoadConfig(folder));
    }

    /// <summary>About how many bytes a model's weights will take.</summary>
    /// <exception cref="DataLossException">A file that tells it is missing or damaged.</exception>
    public static long EstimateBytes(ResolvedModel model)
    {
        var adapter = new FileInfo(Path.Combine(model.Folder, AdapterWeights));
        return (ReadConfig(model).ParameterCount() * BytesPerParameter) + (adapter.Exists ? adapter.Length : 0);
    }

    /// <summary>About how many bytes an adapter's weights will take, its base not counted.</summary>
    public static long EstimateAdapterBytes(ResolvedModel model)
    {
        var weights = new FileInfo(Path.Combine(model.Folder, AdapterWeights));
        return weights.Exists ? weights.Length : 0;
    }

    /// <summary>Reads an adapter for a base that is in memory already. Reads the base's shapes alone.</summary>
    /// <param name="model">Where the adapter is.</param>
    /// <param name="baseModel">The base.</param>
    /// <param name="baseTokenizer">The base's tokenizer, for an adapter that brings none.</param>
    /// <exception cref="DataLossException">Files are missing, damaged, or do not belong together.</exception>
    public static (LoraAdapter Adapter, TextTokenizer Tokenizer) LoadAdapter(
        ResolvedModel model, Gpt baseModel, TextTokenizer baseTokenizer)
    {
        CheckpointMark.TryRead(model.Folder)?.Verify(model.Folder, CancellationToken.None);
        var tokenizer = Guard(model, () => TryLoadTokenizer(model.Folder)) ?? baseTokenizer;
        CheckFits(model, tokenizer, baseModel);
        return (Guard(model, () => PeftAdapter.Load(baseModel, model.Folder)), tokenizer);
    }

    /// <summary>Reads a model. A checkpoint with a completion mark is compared with its hashes first.</summary>
    /// <param name="model">Where it is.</param>
    /// <param name="device">Where its weights go.</param>
    /// <param name="cancellationToken">Looked at between files.</param>
    /// <exception cref="DataLossException">Files are missing, damaged, or do not belong together.</exception>
    public static LoadedCheckpoint Load(ResolvedModel model, Device device, CancellationToken cancellationToken)
    {
        foreach (var part in (ResolvedModel?[])[model.Base, model])
        {
            if (part is not null)
                CheckpointMark.TryRead(part.Folder)?.Verify(part.Folder, cancellationToken);
        }

        var tokenizer = Guard(model, () => LoadTokenizer(model));
        cancellationToken.ThrowIfCancellationRequested();
        var gpt = Guard(model, () => ModelFolder.Load((model.Base ?? model).Folder, device));
        LoraAdapter? adapter = null;
        try
        {
            CheckFits(model, tokenizer, gpt);
            if (model.Base is not null)
            {
                adapter = Guard(model, () => PeftAdapter.Load(gpt, model.Folder));
                gpt.Attach(adapter);
            }

            gpt.eval();
            return new LoadedCheckpoint(model, gpt, tokenizer, adapter);
        }
        catch
        {
            adapter?.Dispose();
            gpt.Dispose();
            throw;
        }
    }

    // An adapter's folder carries the tokenizer of its data set, which is its base's.
    private static TextTokenizer LoadTokenizer(ResolvedModel model) => model.Base is null
        ? TokenizerFiles.Load(model.Folder)
        : TryLoadTokenizer(model.Folder) ?? TokenizerFiles.Load(model.Base.Folder);

    private static TextTokenizer? TryLoadTokenizer(string folder)
    {
        try
        {
            return TokenizerFiles.Load(folder);
        }
        catch (TokenizerFilesMissingException)
        {
            return null;
        }
    }

    private static void CheckFits(ResolvedModel model, TextTokenizer tokenizer, Gpt gpt)
    {
        if (tokenizer.VocabularySize > gpt.Config.VocabSize)
        {
            throw new DataLossException("CHECKPOINT_DAMAGED", string.Create(
                CultureInfo.InvariantCulture,
                $"'{model.Name}' has {gpt.Config.VocabSize} tokens and its tokenizer {tokenizer.VocabularySize}."));
        }
    }

    private static T Guard<T>(ResolvedModel model, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or TokenizerFormatException
            or EndOfStreamException or FileNotFoundException or TokenizerFilesMissingException)
        {
            throw new DataLossException("CHECKPOINT_DAMAGED", $"'{model.Name}' cannot be read: {e.Message}", e);
        }
    }
}
