using System.Text.Json;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// A model's files: <c>config.json</c> (<see cref="GptConfig"/>) and <c>model.safetensors</c> (the state dict, fp32,
/// weights as (out, in)). Folders of Hugging Face's GPT-2 are read too; see <see cref="HuggingFaceGpt2"/>.
/// </summary>
public static class ModelFolder
{
    /// <summary>The configuration's file.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The weights' file.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>Writes a base model without its adapter; the folder may exist.</summary>
    /// <param name="model">What to write.</param>
    /// <param name="folder">Where.</param>
    /// <param name="snapshot">Where the values are read from while training goes on; null: the model.</param>
    public static void Save(Gpt model, string folder, TensorSnapshot? snapshot = null)
    {
        Directory.CreateDirectory(folder);
        model.Config.Save(Path.Combine(folder, ConfigFile));
        SafetensorsWriter.Write(
            Path.Combine(folder, WeightsFile),
            [.. model.named_parameters().Select(parameter => (parameter.name, (Tensor)parameter.parameter))],
            new Dictionary<string, string> { ["format"] = "pt" },
            snapshot);
    }

    /// <summary>The configuration alone, of either kind of folder.</summary>
    /// <exception cref="InvalidDataException">Not a GPT-2 configuration, or one that is not supported.</exception>
    public static GptConfig LoadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        try
        {
            var config = HuggingFaceGpt2.IsConfig(path) ? HuggingFaceGpt2.LoadConfig(path) : GptConfig.Load(path);
            return config.Validate() is { Count: > 0 } problems
                ? throw new InvalidDataException(
                    $"{path}: {string.Join("; ", problems.Select(p => $"{p.Member} {p.Problem}"))}")
                : config;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>Makes a model with a folder's weights.</summary>
    /// <param name="folder">Written by <see cref="Save"/>, or by Hugging Face's <c>save_pretrained</c>.</param>
    /// <param name="device">CPU by default.</param>
    /// <param name="precision">Of the matrix products.</param>
    /// <exception cref="InvalidDataException">Files are damaged, or disagree with each other.</exception>
    public static Gpt Load(string folder, Device? device = null, Precision precision = Precision.Fp32)
    {
        var model = new Gpt(LoadConfig(folder), device, precision, seed: null);
        try
        {
            LoadWeights(model, folder);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Fills an existing model of the same shape.</summary>
    /// <exception cref="InvalidDataException">Files are damaged, or of another shape.</exception>
    public static void LoadWeights(Gpt model, string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, WeightsFile));
        if (HuggingFaceGpt2.IsConfig(Path.Combine(folder, ConfigFile)))
        {
            HuggingFaceGpt2.LoadWeights(model, file);
        }
        else
        {
            foreach (var (name, parameter) in model.named_parameters())
                file.CopyTo(name, parameter);
        }

        model.ClearCopies();
    }
}
