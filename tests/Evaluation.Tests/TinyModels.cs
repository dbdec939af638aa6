using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using TorchSharp;

namespace Platform.Testing;

/// <summary>Models small enough to be made anew in every test, and their checkpoints on disk.</summary>
internal static class TinyModels
{
    private const string Text =
        "The boy runs to the red house. The girl walks to the old tree, and she sings a song. A dog sleeps on the mat. "
        + "He lifts the heavy stone and smiles: it isn't 42! Where's Ünal? "
        + "\"Over there,\" they say; 1, 2, 3 cats sleep.\n";

    /// <summary>A byte-level BPE of about 300 tokens with <c>&lt;|endoftext|&gt;</c>.</summary>
    public static TextTokenizer Bpe() => Train(new TokenizerTrainingOptions
    {
        VocabularySize = 300,
        SpecialTokens = ["<|endoftext|>"],
    });

    /// <summary>One token a character of a short text; no special token.</summary>
    public static TextTokenizer Characters() => Train(new TokenizerTrainingOptions
    {
        Algorithm = TokenizerAlgorithm.Character,
    });

    /// <summary>A model with random weights, large enough that it has clear preferences.</summary>
    public static Gpt Create(TextTokenizer tokenizer, int blockSize = 64, long seed = 7, float scale = 6)
    {
        var config = new GptConfig
        {
            VocabSize = tokenizer.VocabularySize,
            BlockSize = blockSize,
            NLayer = 2,
            NHead = 2,
            NEmbd = 32,
            VocabMultiple = 64,
        };
        var model = new Gpt(config, seed: seed);
        using (torch.no_grad())
        {
            foreach (var (_, parameter) in model.named_parameters().Where(entry => entry.parameter.dim() == 2))
                parameter.TimesInPlace(scale);
        }

        model.ClearCopies();
        model.eval();
        return model;
    }

    /// <summary>Writes a complete checkpoint of a run and returns its folder.</summary>
    public static string WriteCheckpoint(
        string dataRoot, string run, long step, Gpt model, TextTokenizer tokenizer, double? validationLoss = null)
    {
        var folder = CheckpointFolder(dataRoot, run, step);
        ModelFolder.Save(model, folder);
        Complete(folder, step, tokenizer, validationLoss);
        return folder;
    }

    /// <summary>Writes a complete checkpoint of a LoRA run on a base's checkpoint and returns its folder.</summary>
    public static string WriteAdapter(
        string dataRoot, string run, long step, LoraAdapter adapter, TextTokenizer tokenizer, string baseFolder,
        string baseName)
    {
        var folder = CheckpointFolder(dataRoot, run, step);
        PeftAdapter.Save(adapter, folder);
        var origin = new JsonObject { ["kind"] = "checkpoint", ["folder"] = baseFolder, ["name"] = baseName };
        File.WriteAllText(Path.Combine(folder, "base.json"), origin.ToJsonString());
        Complete(folder, step, tokenizer, validationLoss: null);
        return folder;
    }

    /// <summary>An adapter that changes what its base says.</summary>
    public static LoraAdapter CreateAdapter(Gpt model, long seed = 3)
    {
        var adapter = new LoraAdapter(model, new LoraConfig { Rank = 4, Alpha = 16 }, seed);
        using var noGrad = torch.no_grad();
        using var generator = new torch.Generator((ulong)seed);
        foreach (var (name, value) in adapter.Parameters)
        {
            if (name.EndsWith("lora_B.weight", StringComparison.Ordinal))
                value.normal_(0, 0.3, generator);
        }

        return adapter;
    }

    private static string CheckpointFolder(string dataRoot, string run, long step)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"step-{step:D8}");
        return Directory.CreateDirectory(Path.Combine(dataRoot, "runs", run, "checkpoints", name)).FullName;
    }

    private static void Complete(string folder, long step, TextTokenizer tokenizer, double? validationLoss)
    {
        TokenizerFiles.SaveDefinition(tokenizer, Path.Combine(folder, "tokenizer.json"));
        var files = new JsonObject();
        foreach (var path in Directory.GetFiles(folder))
        {
            var bytes = File.ReadAllBytes(path);
            files[Path.GetFileName(path)] = new JsonObject
            {
                ["size_bytes"] = bytes.Length,
                ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes)),
            };
        }

        var mark = new JsonObject { ["format_version"] = 1, ["step"] = step, ["files"] = files };
        if (validationLoss is not null)
            mark["validation_loss"] = validationLoss;
        File.WriteAllText(Path.Combine(folder, "complete.json"), mark.ToJsonString(JsonSerializerOptions.Default));
    }

    private static TextTokenizer Train(TokenizerTrainingOptions options) =>
        TokenizerTrainer.Train(Enumerable.Repeat(TextChunk.Document(Text), 3), options).Tokenizer;
}
