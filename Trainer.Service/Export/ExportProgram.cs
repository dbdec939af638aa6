using System.Text.Json;
using Platform.Contracts.Trainer.V1;
using Platform.Modeling;
using Platform.Tokenization;
using Platform.Tokenization.Formats;
using Platform.TrainerHost.Runs;
using Platform.TrainerHost.Worker;

namespace Platform.TrainerHost.Export;

/// <summary>
/// The <c>export</c> verb: writes one model in another program's format and ends. A process of its own, since the
/// service loads no libtorch.
/// </summary>
internal static class ExportProgram
{
    /// <summary>The verb.</summary>
    public const string Verb = "export";

    /// <summary>Standard output's lines that tell how far it is: the fraction and words behind this.</summary>
    public const string ProgressMark = "progress ";

    /// <summary>Exports.</summary>
    /// <param name="args">The base as JSON (<see cref="RunBase"/>), the format's name, the folder to fill.</param>
    /// <returns>0, or 1 with the reason on standard error.</returns>
    public static int Run(IReadOnlyList<string> args)
    {
        if (args.Count != 3 || !Enum.TryParse<ExportFormat>(args[1], out var format))
        {
            Console.Error.WriteLine($"Usage: {Verb} <base as JSON> <HuggingFace|Gguf|Llmc|Peft> <folder>");
            return 64;
        }

        try
        {
            MemoryTuning.Apply();
            using var document = JsonDocument.Parse(args[0]);
            Export(RunBase.FromJson(document.RootElement), format, args[2]);
            return 0;
        }
        catch (Exception e) when (e is TrainingException or IOException or NotSupportedException or FormatException
            or JsonException or InvalidDataException or TokenizerFormatException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static void Export(RunBase source, ExportFormat format, string folder)
    {
        if (format == ExportFormat.Peft)
        {
            ExportAdapter(source.Folder!, folder);
            return;
        }

        Report(0.1, "Reading the weights");
        using var model = ModelSource.Load(source, TorchSharp.torch.CPU, Modeling.Precision.Fp32);
        var tokenizer = FindTokenizer(source.Folder!);
        Report(0.5, "Writing the files");
        switch (format)
        {
            case ExportFormat.HuggingFace:
                HuggingFaceExport.Save(model, folder, tokenizer?.EndOfText);
                if (tokenizer is not null)
                    TokenizerFiles.Export(tokenizer, TokenizerFormat.HuggingFace, folder);
                break;
            case ExportFormat.Gguf when tokenizer is null:
                throw new NotSupportedException("A GGUF file carries a tokenizer, and this model's folder has none.");
            case ExportFormat.Gguf:
                GgufModel.Save(
                    model, Path.Combine(folder, "model.gguf"), source.Name ?? "gpt2",
                    GgufTokenizer.Describe(tokenizer!, model.Config.VocabSize));
                break;
            default:
                LlmcModel.Save(model, Path.Combine(folder, "model.bin"));
                break;
        }
    }

    // Checkpoints have it as PEFT does.
    private static void ExportAdapter(string source, string folder)
    {
        if (!File.Exists(Path.Combine(source, PeftAdapter.ConfigFile)))
            throw new NotSupportedException("This model has no adapter: it was not trained with LoRA.");
        Report(0.5, "Writing the files");
        foreach (var file in (ReadOnlySpan<string>)[PeftAdapter.ConfigFile, PeftAdapter.WeightsFile])
            File.Copy(Path.Combine(source, file), Path.Combine(folder, file));
        if (FindTokenizer(source) is { } tokenizer)
            TokenizerFiles.Export(tokenizer, TokenizerFormat.HuggingFace, folder);
    }

    private static TextTokenizer? FindTokenizer(string folder) =>
        File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "vocab.json"))
            ? TokenizerFiles.Load(folder)
            : null;

    private static void Report(double fraction, string message) =>
        Console.WriteLine(string.Create(null, $"{ProgressMark}{fraction} {message}"));
}
